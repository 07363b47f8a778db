import assert from 'node:assert/strict';
import {test} from 'node:test';
import {acrossChunks, onChunk} from '../../../../../src/tensor/compile/gpu/chunks/rules.ts';
import {Graph} from '../../../../../src/tensor/graph.ts';
import type {Op, OpKind} from '../../../../../src/tensor/op.ts';
import * as ops from '../../../../../src/tensor/ops.ts';
import {program} from '../../../../../src/tensor/program.ts';
import type {Shape} from '../../../../../src/tensor/shape.ts';
import type {Value} from '../../../../../src/tensor/value.ts';
import {run64} from '../../../../support/engines/float64.ts';
import {waves} from '../../../../support/texts/waves.ts';

const images: Shape = [3, 4, 6, 2];
const window = {stride: 1, pad: 1};
const filter: Shape = [3, 3, 2, 5];
const result: Shape = [3, 4, 6, 5];
const pooled: Shape = [3, 2, 3, 2];

/** Operations with the shapes of their operands. */
const cases: readonly (readonly [Op, ...Shape[]])[] = [
  [{kind: 'add'}, images, images],
  [{kind: 'divide'}, [3, 1, 1, 2], images],
  [{kind: 'multiply'}, images, [6, 2]],
  [{kind: 'exp'}, [3, 5]],
  [{kind: 'broadcast', shape: [2, 3, 4]}, [3, 1]],
  [{kind: 'softmax'}, [3, 5]],
  [{kind: 'logSumExp'}, [2, 3, 5]],
  [{kind: 'sum', axes: [0, 2]}, images],
  [{kind: 'reshape', shape: [3, 24, 2]}, images],
  [{kind: 'reshape', shape: [72, 2, 1]}, images],
  [{kind: 'transpose', order: [2, 0, 3, 1]}, images],
  [{kind: 'slice', begin: [0, 1, 0, 0], size: [3, 2, 6, 2]}, images],
  [{kind: 'pad', begin: [0, 1, 0, 0], shape: [3, 6, 6, 2]}, images],
  [{kind: 'concat', axis: 1}, [3, 2], [3, 4]],
  [{kind: 'matmul', transposeA: false, transposeB: false}, [3, 4], [4, 5]],
  [{kind: 'matmul', transposeA: true, transposeB: true}, [4, 3], [5, 4], [4, 3], [5, 4]],
  [{kind: 'gatherRows'}, [4, 2, 3], [3]],
  [{kind: 'scatterRows', rows: 4}, [3, 2, 3], [3]],
  [{kind: 'conv2d', window}, images, filter],
  [{kind: 'conv2dInput', window, shape: images}, result, filter, result, filter],
  [{kind: 'conv2dFilter', window, shape: filter}, images, result, images, result],
  [{kind: 'avgPool', size: 2}, images],
  [{kind: 'avgPoolTranspose', size: 2, shape: images}, pooled],
  [{kind: 'maxPool', size: 2}, images],
  [{kind: 'maxPoolGather', size: 2}, images, images],
  [{kind: 'maxPoolScatter', size: 2}, images, pooled],
  [{kind: 'affineWarp'}, images, [3, 6]],
  [{kind: 'affineWarpTranspose'}, images, [3, 6]],
];

test('the results for chunks, beside each other or added up, are the result for all', () => {
  const crossed = new Set<OpKind>();
  for (const [op, ...shapes] of cases) {
    const graph = new Graph();
    const operands = shapes.map((shape, i) => graph.input(`x${i}`, shape));
    const whole = graph.apply(op, operands);
    shapes.forEach((shape, index) => {
      shape.forEach((extent, axis) => {
        if (extent === 1) return;
        const crossing = acrossChunks(op, {shapes, shape: whole.shape}, {index, axis});
        if (crossing === undefined) return;
        crossed.add(op.kind);
        assert.equal(crossing.operands[index], axis, 'the operand is cut where it was asked for');
        const parts = [
          {begin: 0, size: 1},
          {begin: 1, size: extent - 1},
        ].map(({begin, size}) => {
          const cut = (operand: Value, i: number): Value =>
            along(operand, crossing.operands[i], begin, size);
          return graph.apply(onChunk(op, crossing.axis, size), operands.map(cut));
        });
        const [first, second] = parts as [Value, Value];
        const joined =
          crossing.axis === undefined
            ? ops.add(first, second)
            : ops.concat([first, second], crossing.axis);
        checkSame(whole, joined, `${op.kind}: operand ${index}, axis ${axis}`);
      });
    });
  }
  assert.deepEqual(crossed, new Set(cases.map(([{kind}]) => kind)));
});

function along(value: Value, axis: number | undefined, begin: number, size: number): Value {
  if (axis === undefined) return value;
  const from = value.shape.map((_, i) => (i === axis ? begin : 0));
  return ops.slice(
    value,
    from,
    value.shape.map((extent, i) => (i === axis ? size : extent)),
  );
}

function checkSame(whole: Value, joined: Value, what: string): void {
  const both = program({whole, joined});
  const data = waves(both.inputs);
  // Indices are whole numbers.
  const isIndexed = whole.op.kind === 'gatherRows' || whole.op.kind === 'scatterRows';
  const numbers = run64(both, {...data, ...(isIndexed && {x1: Float64Array.of(2, 0, 2)})});
  assert.deepEqual(joined.shape, whole.shape, what);
  numbers.whole.forEach((x, i) => {
    assert.ok(Math.abs(x - numbers.joined[i]!) < 1e-12, `${what}: number ${i}`);
  });
}

test('what needs all numbers along an axis is not applied to chunks along it', () => {
  const refuses = (op: Op, shapes: readonly Shape[], index: number, axis: number): void => {
    const graph = new Graph();
    const {shape} = graph.apply(
      op,
      shapes.map((one, i) => graph.input(`x${i}`, one)),
    );
    assert.equal(acrossChunks(op, {shapes, shape}, {index, axis}), undefined);
  };
  refuses({kind: 'softmax'}, [[3, 5]], 0, 1);
  refuses({kind: 'logSumExp'}, [[3, 5]], 0, 1);
  refuses({kind: 'reshape', shape: [6, 2]}, [[3, 4]], 0, 0);
  refuses({kind: 'slice', begin: [1, 0], size: [2, 4]}, [[3, 4]], 0, 0);
  refuses({kind: 'pad', begin: [1, 0], shape: [4, 4]}, [[3, 4]], 0, 0);
  refuses({kind: 'concat', axis: 0}, [[3, 4]], 0, 0);
  refuses({kind: 'gatherRows'}, [[4, 2], [3]], 0, 0);
  refuses({kind: 'scatterRows', rows: 4}, [[3, 2], [3]], 0, 0);
  refuses({kind: 'conv2d', window}, [images, filter], 0, 1);
  refuses({kind: 'conv2d', window}, [images, filter], 1, 3);
  refuses({kind: 'avgPool', size: 2}, [images], 0, 3);
});
