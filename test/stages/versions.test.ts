import assert from 'node:assert/strict';
import {readFileSync, writeFileSync} from 'node:fs';
import {test} from 'node:test';
import {registry} from '../../stages/registry.ts';
import {codeDigest} from '../support/texts/code-digest.ts';
import {repositoryFile} from '../support/texts/repository.ts';

/** The entry of a stage type in `stages/versions.json`. */
interface Entry {
  /** `Contract.version`. */
  readonly version: number;
  /** The digest of the contract, the run and all that they import (`codeDigest`). */
  readonly code: string;
}

const file = repositoryFile('stages/versions.json');

async function entryOf(type: string, version: number): Promise<[string, Entry]> {
  const modules = ['contract.js', 'run.js'].map((name) => `stages/${type}/${name}`);
  return [type, {version, code: await codeDigest(repositoryFile('dist'), modules)}];
}

const current = Object.fromEntries(
  await Promise.all(
    [...registry.values()].map(({contract: {type, version}}) => entryOf(type, version)),
  ),
);

if (process.env['UPDATE_VERSIONS'] === '1') {
  writeFileSync(file, `${JSON.stringify(current, undefined, 2)}\n`);
}

const kept = JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, Entry>>;

for (const [type, entry] of Object.entries(current)) {
  test(`${type}: its code is that of version ${entry.version}`, () => {
    assert.deepEqual(
      entry,
      kept[type],
      `The code of ${type} changed. If its results may differ, raise the version in its contract; if they cannot, leave it. Then accept the new state: UPDATE_VERSIONS=1 node scripts/test.mjs stages/versions`,
    );
  });
}
