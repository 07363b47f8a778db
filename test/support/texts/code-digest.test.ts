import assert from 'node:assert/strict';
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {codeDigest, codeFiles} from './code-digest.ts';
import {repositoryFile} from './repository.ts';
import {TemporaryFolder} from '../rigs/temporary-folder.ts';

const modules = ['stages/zca/contract.js', 'stages/zca/run.js'] as const;
const compiled = repositoryFile('dist');

test('the code of a stage type reaches through the stage into the library and its threads', async () => {
  const files = await codeFiles(compiled, ['stages/distill/run.js', 'stages/zca/run.js']);
  for (const name of [
    'src/learning/distillation/trajectories/student.js',
    // Imported by `import()`.
    'src/tensor/engines/tfjs/pooling.js',
    // Made by the build of AssemblyScript.
    'src/tensor/engines/wasm/runtime/kernel-code.js',
    // Loaded by a thread.
    'src/learning/products/product-worker.js',
  ]) {
    assert.ok(files.includes(name), name);
  }
});

/** The code of `zca`, changed file by file; `placeOf` gives the place of every file. */
async function changedDigest(change: {
  readonly source?: (source: string, file: string) => string;
  readonly placeOf?: (file: string) => string;
}): Promise<string> {
  const {source = (text) => text, placeOf = (file) => file} = change;
  await using temporary = await TemporaryFolder.createInMemory();
  const folder = temporary.path;
  for (const file of await codeFiles(compiled, modules)) {
    const from = path.join(compiled, file);
    const to = path.join(folder, placeOf(file));
    const moved = readFileSync(from, 'utf8').replaceAll(
      /((?:from|import\()\s*['"])(\.[^'"]+)/g,
      (_, before: string, name: string) => {
        const target = path.relative(compiled, path.join(path.dirname(from), name));
        return before + relativeTo(path.dirname(to), path.join(folder, placeOf(target)));
      },
    );
    mkdirSync(path.dirname(to), {recursive: true});
    writeFileSync(to, source(moved, file));
  }
  return await codeDigest(
    folder,
    modules.map((module) => placeOf(module)),
  );
}

function relativeTo(folder: string, file: string): string {
  const relative = path.relative(folder, file);
  return relative.startsWith('.') ? relative : `./${relative}`;
}

const same: Readonly<Record<string, Parameters<typeof changedDigest>[0]>> = {
  'a copy': {},
  'a comment in every file': {source: (source) => `// A remark.\n${source}\n/* Another. */\n`},
  'files in other folders and of other names': {
    placeOf: (file) =>
      // The thread's program is found by its name, beside the file that names it.
      file.includes('/products/') ? file : `elsewhere/${file.replace(/(\w+)\.js$/, 'x-$1.js')}`,
  },
  'another name of a function': {source: (source) => source.replaceAll('matrixRoots', 'rootsOf')},
};

for (const [what, change] of Object.entries(same)) {
  test(`${what} is the same code`, async () => {
    assert.equal(await changedDigest(change), await codeDigest(compiled, modules));
  });
}

const other: Readonly<Record<string, (source: string, file: string) => string>> = {
  'another constant': (source, file) =>
    file.endsWith('inverse.js') ? source.replace('smallest = 64', 'smallest = 32') : source,
  'another operation': (source, file) =>
    file.endsWith('whitening.js') ? source.replace('sum / n', 'sum * n') : source,
  'another name of a property': (source) => source.replaceAll('.eps', '.epsilon'),
  'another program of its threads': (source, file) =>
    file.endsWith('product-worker.js') ? source.replace("'done'", "'over'") : source,
};

for (const [what, source] of Object.entries(other)) {
  test(`${what} is other code`, async () => {
    let changed = false;
    const digest = await changedDigest({
      source: (text, file) => {
        const result = source(text, file);
        changed ||= result !== text;
        return result;
      },
    });
    assert.ok(changed, 'nothing was changed');
    assert.notEqual(digest, await codeDigest(compiled, modules));
  });
}
