import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {startBackend} from '../../../src/tensor/engines/tfjs/backend.ts';
import {importTfjs} from '../../../src/tensor/engines/tfjs/import-tfjs.ts';
import {startTfjsEngine} from '../../../src/tensor/engines/tfjs/tfjs-engine.ts';
import {Graph} from '../../../src/tensor/graph.ts';
import {sum} from '../../../src/tensor/ops.ts';
import {program} from '../../../src/tensor/program.ts';
import {engineSuite} from '../../support/engines/engine-suite.ts';
import {repositoryFile} from '../../support/texts/repository.ts';

engineSuite('tfjs', startTfjsEngine);

test('without a native package the WebAssembly backend is used, and every candidate says why', async () => {
  const missing = async (name: string): Promise<unknown> => {
    throw Object.assign(new Error(`Cannot find package '${name}'`), {code: 'ERR_MODULE_NOT_FOUND'});
  };
  const {description, why} = await startBackend(missing);
  assert.match(description, /WebAssembly/);
  assert.deepEqual(why, [
    '@tensorflow/tfjs-node-gpu: not installed',
    '@tensorflow/tfjs-node: not installed',
    '@tensorflow/tfjs-backend-wasm: works',
  ]);
});

test('a native package that is installed but broken is passed over with its reason', async () => {
  const broken = async (name: string): Promise<unknown> => {
    throw new Error(`libcudart.so.11: cannot open shared object file\nRequire stack: ${name}`);
  };
  const {why} = await startBackend(broken);
  assert.match(why[0]!, /tfjs-node-gpu: does not work here \(libcudart.so.11: cannot open/);
});

test('a sum over images of many numbers each is right', async () => {
  const engine = await startTfjsEngine();
  const [rows, width] = [10, 131_072];
  const x = new Graph().input('x', [rows, width]);
  const data = Float32Array.from({length: rows * width}, (_, i) => Math.floor(i / width) + 1);
  const given = engine.upload(data, [rows, width]);
  const total = engine.compile(program({total: sum(x, [0])})).run({x: given}).total;
  const found = await engine.read(total);
  assert.ok(found.every((value) => value === 55));
  given.dispose();
  total.dispose();
});

/** An import that fails as that of a missing package or file does. */
function failing(what: string) {
  const error = new Error(`Cannot find ${what} imported from /lab/engine.js`);
  return () => Promise.reject(Object.assign(error, {code: 'ERR_MODULE_NOT_FOUND'}));
}

test('a missing package is named with the line that installs the versions of package.json', async () => {
  const {peerDependencies} = JSON.parse(readFileSync(repositoryFile('package.json'), 'utf8')) as {
    readonly peerDependencies: Readonly<Record<string, string>>;
  };
  const wanted = ['core', 'backend-wasm'].map((name) => {
    const range = /^\^(\d+\.\d+)\./.exec(peerDependencies[`@tensorflow/tfjs-${name}`]!)!;
    return `@tensorflow/tfjs-${name}@${range[1]}`;
  });
  await assert.rejects(importTfjs(failing("package '@tensorflow/tfjs-core'")), {
    name: 'UnavailableError',
    message: `The package @tensorflow/tfjs-core is not installed: \`npm install ${wanted.join(' ')}\` in the folder of your project.`,
  });
});

test('a missing file of our own is a bug, not a missing package', async () => {
  const missing = "module '/lab/tfjs/kernels.js'";
  await assert.rejects(importTfjs(failing(missing)), {code: 'ERR_MODULE_NOT_FOUND'});
});
