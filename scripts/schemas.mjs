// Writes schemas/pipeline.schema.json and schemas/stages/ from the built stage registry.
// Usage: node scripts/schemas.mjs [--check]: with --check writes nothing and exits 1 when a file is stale.
import {mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import * as prettier from 'prettier';
import {pipelineSchema, stageTypeSchema} from '../dist/src/pipeline/json-schema.js';
import {registry} from '../dist/stages/registry.js';

const folder = fileURLToPath(new URL('../schemas/', import.meta.url));
const options = await prettier.resolveConfig(`${folder}pipeline.schema.json`);
const schemas = new Map([['pipeline.schema.json', pipelineSchema(registry)]]);
for (const {contract} of registry.values()) {
  schemas.set(`stages/${contract.type}.schema.json`, stageTypeSchema(contract));
}
const stale = [];
for (const [name, schema] of schemas) {
  const text = await prettier.format(JSON.stringify(schema), {...options, parser: 'json'});
  if (text !== read(name)) stale.push({name, text});
}
const left = written().filter((name) => !schemas.has(name));

if (process.argv.includes('--check')) {
  for (const name of [...stale.map(({name}) => name), ...left]) {
    console.error(`schemas/${name} is stale: run \`npm run schemas\`.`);
    process.exitCode = 1;
  }
} else {
  mkdirSync(`${folder}stages`, {recursive: true});
  for (const {name, text} of stale) writeFileSync(folder + name, text);
  for (const name of left) rmSync(folder + name);
}

function written() {
  const names = readdirSync(folder, {recursive: true});
  return names.filter((name) => name.endsWith('.schema.json')).sort();
}

function read(name) {
  try {
    return readFileSync(folder + name, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}
