import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import {test} from 'node:test';
import {pathToFileURL} from 'node:url';
import {transform} from 'esbuild';
import {sourceStack} from '../../src/base/source-stack.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

test('a stack names the lines of the source, where a module has a map', async () => {
  await using folder = await TemporaryFolder.create();
  const source =
    'export function first(): void {}\n\nexport function second(): void {\n  fail();\n}\n';
  const {code, map} = await transform(source, {
    loader: 'ts',
    minify: true,
    sourcemap: true,
    sourcefile: 'second.ts',
  });
  const column = code.indexOf('fail()') + 1;
  const [mapped, plain, damaged] = ['bundle.js', 'plain.js', 'damaged.js'].map(
    (name) => pathToFileURL(folder.file(name)).href,
  );
  await writeFile(folder.file('bundle.js.map'), map);
  await writeFile(folder.file('damaged.js.map'), '{');
  const error = new Error('gone');
  error.stack = [
    'Error: gone',
    `    at second (${mapped}:1:${column})`,
    `    at ${plain}:3:4`,
    `    at async ${damaged}:5:6`,
    '    at node:internal/main:7:8',
  ].join('\n');
  assert.deepEqual(sourceStack(error).split('\n'), [
    'Error: gone',
    `    at second (${pathToFileURL(folder.file('second.ts')).href}:4:3)`,
    `    at ${plain}:3:4`,
    `    at async ${damaged}:5:6`,
    '    at node:internal/main:7:8',
  ]);
  assert.equal(sourceStack('only text'), 'only text');
});
