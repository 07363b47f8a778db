// Compiles the checks of all stage types' parameters into dist/src/contract/compiled-checks.js. At the start of a
// program this would take longer than a run with nothing to do.
import {writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {Ajv} from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';
import {build} from 'esbuild';
import {digestOf} from '../dist/src/base/digest.js';
import {paramsSchema} from '../dist/src/contract/param.js';
import {checkOptions} from '../dist/src/contract/params-check.js';
import {registry} from '../dist/stages/registry.js';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The text of each check, by the digest of its schema: two stage types may have the same parameters. */
const texts = new Map();
for (const {contract} of registry.values()) {
  const schema = paramsSchema(contract.params);
  const digest = digestOf(JSON.stringify(schema));
  if (!texts.has(digest)) texts.set(digest, await textOf(schema));
}
writeFileSync(
  `${root}dist/src/contract/compiled-checks.js`,
  `export const compiledChecks = ${JSON.stringify(Object.fromEntries(texts), undefined, 2)};\n`,
);

/** An expression whose value is the check of a schema, with the parts of ajv that it needs. */
async function textOf(schema) {
  const ajv = new Ajv({...checkOptions, code: {source: true, esm: true}});
  ajv.addSchema(schema, 'schema');
  const {outputFiles} = await build({
    stdin: {contents: standalone.default(ajv, {check: 'schema'}), resolveDir: root},
    write: false,
    bundle: true,
    minify: true,
    format: 'iife',
    globalName: 'module',
    platform: 'node',
    target: 'node20.19',
    logLevel: 'warning',
  });
  return `(() => {${outputFiles[0].text} return module.check;})()`;
}
