// Compiles the checks of all stage types' parameters into dist/src/contract/compiled-checks.js. At the start of a
// program this would take longer than a run with nothing to do.
import {fileURLToPath} from 'node:url';
import {Ajv} from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';
import {build} from 'esbuild';
import {digestOf} from '../dist/src/base/digest.js';
import {paramsSchema} from '../dist/src/contract/param.js';
import {checkOptions} from '../dist/src/contract/params-check.js';
import {registry} from '../dist/stages/registry.js';

const root = fileURLToPath(new URL('..', import.meta.url));

const ajv = new Ajv({...checkOptions, code: {source: true, esm: true}});
const names = new Map();
for (const {contract} of registry.values()) {
  const schema = paramsSchema(contract.params);
  const digest = digestOf(JSON.stringify(schema));
  // Two stage types may have the same parameters.
  if (names.has(digest)) continue;
  names.set(digest, `check${names.size}`);
  ajv.addSchema(schema, digest);
}
const digestByName = Object.fromEntries(Array.from(names, ([digest, name]) => [name, digest]));
const checks = Array.from(names, ([digest, name]) => `'${digest}': ${name}`);

// Bundles the parts of ajv that compiled checks need.
await build({
  stdin: {
    contents: `${standalone.default(ajv, digestByName)}
export const compiledChecks = {${checks.join(', ')}};`,
    resolveDir: root,
  },
  outfile: `${root}dist/src/contract/compiled-checks.js`,
  allowOverwrite: true,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  logLevel: 'warning',
});
