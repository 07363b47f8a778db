import assert from 'node:assert/strict';
import {test} from 'node:test';
import {startBackend} from '../../../src/tensor/engines/tfjs/backend.ts';
import {startTfjsEngine} from '../../../src/tensor/engines/tfjs/tfjs-engine.ts';
import {Graph} from '../../../src/tensor/graph.ts';
import {sum} from '../../../src/tensor/ops.ts';
import {program} from '../../../src/tensor/program.ts';
import {engineSuite} from '../../support/engines/engine-suite.ts';

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
    '@tensorflow/tfjs-backend-wasm: always there',
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
