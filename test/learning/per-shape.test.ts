import assert from 'node:assert/strict';
import {test} from 'node:test';
import {perShape} from '../../src/learning/per-shape.ts';
import {Graph} from '../../src/tensor/graph.ts';
import * as ops from '../../src/tensor/ops.ts';
import {program} from '../../src/tensor/program.ts';
import {startTestEngine} from '../support/engines/test-engine.ts';

test('each shape is compiled once, and runs its own program', async () => {
  const engine = await startTestEngine();
  const built: string[] = [];
  const filled = perShape(engine, (kind: 'ones' | 'twos', size: number) => {
    built.push(`${kind} ${size}`);
    const value = new Graph().constant(kind === 'ones' ? 1 : 2, [size]);
    return program({value: ops.add(value, value.graph.input('x', [size]))});
  });
  const sums: number[] = [];
  for (const [kind, size] of [
    ['ones', 1],
    ['twos', 1],
    ['ones', 12],
    ['ones', 1],
  ] as const) {
    const x = engine.upload(new Float32Array(size), [size]);
    const {value} = filled(kind, size).run({x});
    sums.push((await engine.read(value)).reduce((sum, one) => sum + one, 0));
    for (const tensor of [x, value]) tensor.dispose();
  }
  assert.deepEqual(sums, [1, 2, 12, 1]);
  assert.deepEqual(built, ['ones 1', 'twos 1', 'ones 12']);
});
