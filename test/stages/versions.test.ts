import assert from 'node:assert/strict';
import {existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {digestOf} from '../../src/base/digest.ts';
import {registry} from '../../stages/registry.ts';
import {repositoryFile} from '../support/repository.ts';

/** What `stages/versions.json` holds of each stage type. */
interface Entry {
  /** `Contract.version`. */
  readonly version: number;
  /** Digest of the source of everything that its contract and its run import, directly or not. */
  readonly code: string;
}

const file = repositoryFile('stages/versions.json');

/** Source files that a file imports from the repository, itself included, in a fixed order. */
function closure(entries: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  const pending = [...entries];
  for (let source = pending.pop(); source !== undefined; source = pending.pop()) {
    if (seen.has(source)) continue;
    seen.add(source);
    // A module that the build writes has a declaration, which says what it is made from.
    if (source.endsWith('.js')) {
      const declaration = source.replace(/js$/, 'd.ts');
      const made = /Made from `(.+?)`/.exec(readFileSync(declaration, 'utf8'));
      const folder = path.resolve(path.dirname(source), made![1]!);
      for (const name of readdirSync(folder)) pending.push(path.join(folder, name));
      seen.delete(source);
      seen.add(declaration);
      continue;
    }
    for (const [, specifier] of readFileSync(source, 'utf8').matchAll(
      /(?:from|import\()\s*'(\.[^']+)'/g,
    )) {
      const file = path.resolve(path.dirname(source), specifier!);
      // AssemblyScript leaves the suffix out.
      pending.push(path.extname(file) === '' ? `${file}.ts` : file);
    }
  }
  return [...seen].sort();
}

function entryOf(type: string, version: number): Entry {
  const entries = ['contract.ts', 'run.ts'].map((name) => repositoryFile(`stages/${type}/${name}`));
  const sources = closure(entries).map((source) => [
    path.relative(repositoryFile(''), source),
    digestOf(readFileSync(source)),
  ]);
  return {version, code: digestOf(JSON.stringify(sources))};
}

const current = Object.fromEntries(
  [...registry.values()].map(({contract: {type, version}}) => [type, entryOf(type, version)]),
);

if (process.env['UPDATE_VERSIONS'] === '1') {
  writeFileSync(file, `${JSON.stringify(current, undefined, 2)}\n`);
}

const kept = JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, Entry>>;

for (const [type, entry] of Object.entries(current)) {
  test(`${type}: its code is the one that version ${entry.version} stands for`, () => {
    assert.deepEqual(
      entry,
      kept[type],
      `The code of ${type} changed. If its results may differ, raise the version in its contract; if they cannot, leave it. Then accept the new state: UPDATE_VERSIONS=1 node scripts/test.mjs stages/versions`,
    );
  });
}

test('the closure reaches through the stage into the library, and no file is missing', () => {
  const files = closure([repositoryFile('stages/distill/run.ts')]);
  const names = files.map((source) => path.relative(repositoryFile(''), source));
  assert.ok(names.includes('src/tensor/engines/tfjs/sum.ts'), 'dynamic imports count too');
  assert.ok(names.includes('src/learning/student.ts'));
  assert.ok(files.every((source) => existsSync(source)));
});
