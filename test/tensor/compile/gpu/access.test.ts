import assert from 'node:assert/strict';
import {test} from 'node:test';
import * as fc from 'fast-check';
import {
  coordinatesAt,
  loadNumber,
  loadVector,
  storeNumber,
  storeVector,
} from '../../../../src/tensor/compile/gpu/access.ts';
import {Layout} from '../../../../src/tensor/compile/gpu/layout.ts';
import {nodesOf} from '../../../../src/tensor/compile/gpu/nodes.ts';
import {add, group, multiply, thread} from '../../../../src/tensor/kernels/expressions.ts';
import type {Expression} from '../../../../src/tensor/kernels/ir.ts';
import type {Kernel} from '../../../../src/tensor/kernels/kernel.ts';
import {Graph} from '../../../../src/tensor/graph.ts';
import * as ops from '../../../../src/tensor/ops.ts';
import {program} from '../../../../src/tensor/program.ts';
import {sizeOf} from '../../../../src/tensor/shape.ts';
import type {Value} from '../../../../src/tensor/value.ts';
import {run64} from '../../../support/engines/float64.ts';
import {runKernel} from '../../../support/engines/kernels/kernel-interpreter.ts';

/** Chains of views of a tensor [4, 6, 8]. */
const views = fc.array(fc.record({kind: fc.nat(3), detail: fc.nat(1000)}), {maxLength: 6});

function viewed(x: Value, chain: readonly {kind: number; detail: number}[]): Value {
  return chain.reduce((value, {kind, detail}) => {
    const {shape} = value;
    const axis = shape.length === 0 ? 0 : detail % shape.length;
    if (kind === 0 && shape.length > 1) {
      const order = shape.map((_, i) => (i + 1 + axis) % shape.length);
      return ops.transpose(value, order);
    }
    if (kind === 1) {
      const factor = [2, 3, 4, 8].find((one) => sizeOf(shape) % (one * (1 + (detail % 3))) === 0);
      return factor === undefined
        ? value
        : ops.reshape(
            value,
            [sizeOf(shape) / factor, factor].filter((extent) => extent > 0),
          );
    }
    if (kind === 2 && shape[axis]! > 2) {
      const begin = shape.map((_, i) => (i === axis ? 1 : 0));
      const size = shape.map((extent, i) => (i === axis ? extent - 2 : extent));
      return ops.slice(value, begin, size);
    }
    if (kind === 3 && sizeOf(shape) < 500) return ops.broadcast(value, [2, ...shape]);
    return value;
  }, x);
}

test('reading through any views gives the numbers that the views have', () => {
  const data = Float64Array.from({length: 192}, (_, i) => i);
  fc.assert(
    fc.property(views, (chain) => {
      const graph = new Graph();
      const value = viewed(graph.input('x', [4, 6, 8]), chain);
      const given = program({value});
      const nodes = nodesOf(given, 4);
      const node = nodes.steps[nodes.outputs.get('value')!]!.value;
      const access = new Layout(nodes).read(node);
      const size = sizeOf(node.shape);
      const width = (node.shape.at(-1) ?? 1) % 4 === 0 ? 4 : 1;
      const target = {shape: node.shape, memory: 1000, offset: 0, strides: strides(node.shape)};
      const kernel: Kernel = {
        label: 'copy',
        reads: new Set([access.memory, access.through?.memory ?? access.memory]),
        writes: new Set([1000]),
        flops: 0,
        size: () => ({groups: size / width, shared: 0}),
        write(code) {
          const extents = node.shape.map((n, i) => (i === node.shape.length - 1 ? n / width : n));
          const at = coordinatesAt(add(multiply(group, 1), thread), extents);
          if (width === 4) {
            storeVector(code, {...target, isVector: true}, at, loadVector(access, at));
          } else storeNumber(code, {...target, isVector: false}, at, loadNumber(access, at));
        },
      };
      const result = new Float32Array(size);
      const base = nodes.inputs.get('x')!;
      runKernel(
        kernel,
        new Map([
          [base, Float32Array.from(data)],
          [1000, result],
        ]),
        1,
      );
      assert.deepEqual([...result], [...run64(given, {x: data})['value']]);
    }),
    {numRuns: 150},
  );
});

test('four numbers of a section are the same, whether they are read at once or one by one', () => {
  const data = Float32Array.from({length: 96}, (_, i) => i);
  const shape = [3, 8];
  // Sections of eight columns each, of a matrix of 32: four numbers of them could be a vector of the memory.
  const section = {number: group, step: 8};
  const places = {shape, offset: 0, strides: [32, 1]};
  const access = {...places, memory: 0, section, isVector: false};
  const target = {...places, memory: 1, isVector: true};
  const kernel: Kernel = {
    label: 'sections',
    reads: new Set([0]),
    writes: new Set([1]),
    flops: 0,
    size: () => ({groups: 4, shared: 0}),
    write(code) {
      const [row, column] = coordinatesAt(thread, [3, 2]) as [Expression, Expression];
      const own = add(multiply(group, 2), column);
      storeVector(code, target, [row, own], loadVector(access, [row, column]));
    },
  };
  const result = new Float32Array(96);
  runKernel(
    kernel,
    new Map([
      [0, data],
      [1, result],
    ]),
    6,
  );
  assert.deepEqual(result, data);
});

function strides(shape: readonly number[]): readonly number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}
