import assert from 'node:assert/strict';
import {test} from 'node:test';
import {startEngines} from '../../../src/tensor/engines/start-engines.ts';
import {asOneEngine, Replicas} from '../../../src/tensor/engines/replicas.ts';
import {Graph} from '../../../src/tensor/graph.ts';
import * as ops from '../../../src/tensor/ops.ts';
import {program} from '../../../src/tensor/program.ts';
import {unlessUnavailable} from '../../support/engines/gpu/software-gpu.ts';

const request = {numerics: 'any', threads: 1, gpu: false} as const;
const gpuAddresses = ['0000:3b:00.0', '0000:4c:00.0'];

test('an engine on a CPU is started once, whatever GPUs there are', async () => {
  const {engines, name} = await startEngines({...request, name: 'wasm', gpuAddresses});
  assert.deepEqual([engines.length, name], [1, 'wasm']);
});

test('an engine for GPUs is started on each of them, and parts run on both', async (t) => {
  const started = await unlessUnavailable(() =>
    startEngines({...request, name: 'opencl', software: true, gpuAddresses}),
  );
  if (typeof started === 'string') {
    t.skip(started);
    return;
  }
  const {engines} = started;
  assert.equal(engines.length, 2);
  const engine = asOneEngine(engines);
  assert.ok(engine instanceof Replicas);
  const x = new Graph().input('x', [3]);
  const doubled = engine.compile(program<'y', 'x'>({y: ops.multiply(x, 2)}));
  const given = engine.upload(Float32Array.of(1, 2, 3), [3]);
  const parts = await Promise.all([0, 1].map((part) => doubled.runPart!(part, {x: given})));
  for (const {y} of parts) {
    for (const [i, copy] of engine.copiesOf(y).entries()) {
      assert.deepEqual(await engines[i]!.read(copy), Float32Array.of(2, 4, 6));
    }
  }
});
