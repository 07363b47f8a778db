import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {cpSync, writeFileSync} from 'node:fs';
import {test} from 'node:test';
import {Ajv} from 'ajv';
import * as fc from 'fast-check';
import {digestOf} from '../../src/base/digest.ts';
import type {Json, JsonObject} from '../../src/base/json.ts';
import {compiledChecks} from '../../src/contract/compiled-checks.ts';
import {paramsSchema, type Param, type Params} from '../../src/contract/param.ts';
import {checkOf, checkOptions} from '../../src/contract/params-check.ts';
import {registry} from '../../stages/registry.ts';
import {repositoryFile} from '../support/texts/repository.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

const common: readonly Json[] = [-1, 0, 0.5, 1, 3, 1e6, true, false, null, '', 'none', 'x', [], {}];

/** Values that a parameter accepts, and values that it rejects, according to its schema. */
function valueOf(param: Param): fc.Arbitrary<Json> {
  const {default: usual, const: only, enum: choices = [], anyOf = [], items, properties} = param;
  const named = [usual, only, ...choices].filter((value) => value !== undefined);
  return fc.oneof(
    fc.constantFrom(...common),
    ...(named.length > 0 ? [fc.constantFrom(...named)] : []),
    ...anyOf.map(valueOf),
    ...(items === undefined ? [] : [fc.array(valueOf(items), {maxLength: 3})]),
    ...(properties === undefined ? [] : [givenOf(properties)]),
  );
}

/** Values for some of the parameters, and sometimes for a parameter that does not exist. */
function givenOf(params: Params): fc.Arbitrary<JsonObject> {
  const values = Object.entries(params).map(([name, param]) => [name, valueOf(param)] as const);
  const stranger = ['stranger', fc.constantFrom(...common)] as const;
  const model = Object.fromEntries([...values, stranger]);
  return fc.record(model, {requiredKeys: []}) as fc.Arbitrary<JsonObject>;
}

for (const [type, {contract}] of registry) {
  test(`${type}: the check that the build compiled says what one that is compiled now does`, () => {
    const schema = paramsSchema(contract.params);
    assert.match(compiledChecks[digestOf(JSON.stringify(schema))]!, /module\.check/);

    const check = checkOf(contract.params);
    const fresh = new Ajv(checkOptions).compile(schema);
    fc.assert(
      fc.property(givenOf(contract.params), (given) => {
        const [here, there] = [structuredClone(given), structuredClone(given)];
        assert.equal(check(here), fresh(there));
        assert.deepEqual(check.errors, fresh.errors);
        assert.deepEqual(here, there);
      }),
    );
  });
}

test('the bundled program needs no compiler to check parameters', async () => {
  await using folder = await TemporaryFolder.create();
  // A copy in a folder without `node_modules`, so that no package is found.
  cpSync(repositoryFile('dist/bundle'), folder.file('bundle'), {recursive: true});
  cpSync(repositoryFile('package.json'), folder.file('package.json'));
  const stages = [...registry.keys()].map((type) => `  a-${type}: {uses: ${type}, with: {no: 1}}`);
  writeFileSync(folder.file('p.yaml'), `stages:\n${stages.join('\n')}\n`);
  const {status, stderr} = spawnSync(
    process.execPath,
    [folder.file('bundle/src/cli/main.js'), 'validate', 'p.yaml'],
    {cwd: folder.path, encoding: 'utf8'},
  );
  assert.equal(status, 3, stderr);
  for (const type of registry.keys()) {
    assert.match(stderr, new RegExp(`\`${type}\` has no parameter \`no\``));
  }
});
