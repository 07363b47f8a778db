// Writes schemas/pipeline.schema.json from the built stage registry.
// Usage: node scripts/schemas.mjs [--check]: with --check writes nothing and exits 1 when the file is stale.
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import * as prettier from 'prettier';
import {pipelineSchema} from '../dist/src/pipeline/json-schema.js';
import {registry} from '../dist/stages/registry.js';

const file = fileURLToPath(new URL('../schemas/pipeline.schema.json', import.meta.url));
const options = await prettier.resolveConfig(file);
const schema = JSON.stringify(pipelineSchema(registry));
const text = await prettier.format(schema, {...options, parser: 'json', filepath: file});
if (process.argv.includes('--check')) {
  if (text !== read()) {
    console.error('schemas/pipeline.schema.json is stale: run `node scripts/schemas.mjs`.');
    process.exitCode = 1;
  }
} else {
  mkdirSync(new URL('../schemas/', import.meta.url), {recursive: true});
  writeFileSync(file, text);
}

function read() {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}
