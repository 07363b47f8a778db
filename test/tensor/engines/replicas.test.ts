import assert from 'node:assert/strict';
import {test} from 'node:test';
import {asOneEngine, Replicas} from '../../../src/tensor/engines/replicas.ts';
import {Graph} from '../../../src/tensor/graph.ts';
import * as ops from '../../../src/tensor/ops.ts';
import {program} from '../../../src/tensor/program.ts';
import {startSeveral} from '../../support/engines/several-engines.ts';
import {withRoom} from '../../support/engines/test-engine.ts';

/** y = x + 1, z = 2x */
function twoOutputs(): ReturnType<typeof program<'y' | 'z', 'x'>> {
  const x = new Graph().input('x', [3]);
  return program({y: ops.add(x, 1), z: ops.multiply(x, 2)});
}

test('each engine holds every tensor and runs every program', async () => {
  const engines = startSeveral(3);
  const together = new Replicas(engines);
  const x = together.upload(Float32Array.of(1, 2, 3), [3]);
  const {y, z} = together.compile(twoOutputs()).run({x});
  assert.deepEqual(await together.read(y), Float32Array.of(2, 3, 4));
  for (const [i, engine] of engines.entries()) {
    assert.equal(engine.memory().tensors, 3);
    assert.deepEqual(await engine.read(together.copiesOf(z)[i]!), Float32Array.of(2, 4, 6));
  }
  for (const tensor of [x, y, z]) tensor.dispose();
  for (const engine of engines) assert.equal(engine.memory().tensors, 0);
});

test('a part is computed by the engine whose turn it is, and all engines have its outputs', async () => {
  const engines = startSeveral(3);
  const together = new Replicas(engines);
  const runs = [0, 0, 0];
  for (const [i, engine] of engines.entries()) {
    const compile = engine.compile.bind(engine);
    engine.compile = (of) => {
      const executable = compile(of);
      return {
        run(inputs) {
          runs[i]!++;
          return executable.run(inputs);
        },
      };
    };
  }
  const executable = together.compile(twoOutputs());
  const x = together.upload(Float32Array.of(1, 2, 3), [3]);
  const parts = await Promise.all([0, 1, 2, 3].map((part) => executable.runPart!(part, {x})));
  assert.deepEqual(runs, [2, 1, 1]);
  for (const {y, z} of parts) {
    for (const [i, engine] of engines.entries()) {
      const numbers = [y, z].map((tensor) => engine.read(together.copiesOf(tensor)[i]!));
      assert.deepEqual(await Promise.all(numbers), [
        Float32Array.of(2, 3, 4),
        Float32Array.of(2, 4, 6),
      ]);
    }
    for (const tensor of [y, z]) tensor.dispose();
  }
  x.dispose();
  for (const engine of engines) assert.equal(engine.memory().tensors, 0);
});

test('one engine stays what it is, and tensors of others are refused', () => {
  const [first, second] = startSeveral(2);
  assert.equal(asOneEngine([first]), first);
  const together = asOneEngine([first, second!]);
  const own = first.upload(Float32Array.of(1), []);
  assert.throws(() => together.read(own), /another engine/);
});

test('together engines have the room for data that each of them has', () => {
  const engines = startSeveral(2);
  assert.equal(new Replicas(engines).roomForData, undefined);
  const [first, second] = engines.map((engine) => withRoom(engine, 12));
  assert.equal(new Replicas([first!, second!]).roomForData, 12);
});
