/** Dispatches that a printed text must run like the interpreter. */
import assert from 'node:assert/strict';
import {Code} from '../../../../src/tensor/kernels/code.ts';
import {
  add,
  component,
  convert,
  f32,
  group,
  less,
  load,
  multiply,
  shared,
  splat,
  subtract,
  thread,
  u32,
  unary,
} from '../../../../src/tensor/kernels/expressions.ts';
import type {Expression} from '../../../../src/tensor/kernels/ir.ts';
import type {Dispatch} from '../../../../src/tensor/kernels/kernel.ts';
import {runDispatch} from './kernel-interpreter.ts';
import {everyConstruct, everyConstructArrays} from './every-construct.ts';

export interface PrintCase {
  readonly title: string;
  readonly dispatch: Dispatch;
  readonly arrays: () => readonly Float32Array[];
}

const threads = 64;

export const printCases: readonly PrintCase[] = [
  {title: 'every construct', dispatch: everyConstruct(), arrays: everyConstructArrays},
  manyGroups(),
  mergedKernels(),
  notFinite(),
];

/** Fails unless arrays hold what the interpreter stores in them. */
export function assertSameAsInterpreter(
  {dispatch, arrays}: PrintCase,
  found: readonly Float32Array[],
): void {
  const expected = arrays().map((array) => array.slice());
  runDispatch(dispatch, expected);
  for (const [place, array] of expected.entries()) {
    for (const [index, number] of array.entries()) {
      const other = found[place]![index]!;
      const isClose =
        Object.is(number, other) || Math.abs(number - other) <= 1e-5 * (1 + Math.abs(number));
      assert.ok(isClose, `binding ${place}, number ${index}: ${other} instead of ${number}`);
    }
  }
}

function outputs(...types: readonly ('f32' | 'vec4f')[]): Dispatch['bindings'] {
  return types.map((type, at) => ({
    source: {kind: 'output', name: `y${at}`},
    type,
    isWritten: true,
  }));
}

/** More workgroups than fit one dimension, an odd number of them, and a barrier for each. */
function manyGroups(): PrintCase {
  const code = new Code();
  code.storeShared(thread, splat(convert('f32', group)));
  code.barrier();
  code.store(0, group, component(shared(0), 3));
  const groups = 65_537;
  const dispatch: Dispatch = {
    labels: ['many groups'],
    threads: 1,
    groups,
    shared: 1,
    bindings: outputs('f32'),
    body: code.statements,
  };
  return {title: 'more workgroups than one dimension', dispatch, arrays: () => [nothing(groups)]};
}

function nothing(size: number): Float32Array {
  return new Float32Array(size).fill(-1);
}

/**
 * Three kernels in branches of the workgroup's number: sums one after the other behind barriers, with conditions of
 * threads that all of them share; a tree of sums in a loop whose length is the workgroup's; and one without barriers.
 */
function mergedKernels(): PrintCase {
  const code = new Code();
  const size = 4 * threads;
  code.if(
    less(group, 1),
    (first) => soloSums(first),
    (rest) =>
      rest.if(
        less(group, 4),
        (second) => loopedSums(second, second.let(subtract(group, 1), 'g')),
        (third) => {
          const at = third.let(add(multiply(subtract(group, 4), threads), thread), 'at');
          third.if(less(at, 100), (inside) =>
            inside.store(4, at, multiply(load('f32', 0, at), f32(3))),
          );
        },
      ),
  );
  const dispatch: Dispatch = {
    labels: ['merged'],
    threads,
    groups: 6,
    shared: threads,
    bindings: [
      {source: {kind: 'input', name: 'x'}, type: 'f32', isWritten: false},
      ...outputs('f32', 'f32', 'f32', 'f32'),
    ],
    body: code.statements,
  };
  return {
    title: 'kernels with barriers in branches',
    dispatch,
    arrays: () => [
      Float32Array.from({length: size}, (_, at) => ((at * 7) % 11) / 4 - 1),
      ...Array.from({length: 4}, () => nothing(size)),
    ],
  };
}

function soloSums(code: Code): void {
  const lane = {kind: 'binary', type: 'u32', operator: 'remainder', left: thread} as const;
  const out = code.let({...lane, right: u32(threads)}, 'out');
  const sum = (memory: number): void => {
    const x = code.variable(f32(0));
    code.if(less(out, 8), (inside) =>
      inside.for({below: 2}, (loop, row) =>
        loop.assign(x, add(x, load('f32', 0, add(multiply(row, 8), out)))),
      ),
    );
    const isStored: Expression = {
      kind: 'binary',
      type: 'bool',
      operator: 'and',
      left: less(thread, threads),
      right: less(out, 8),
    };
    code.if(isStored, (inside) => inside.store(memory, out, x));
    code.barrier('device');
  };
  sum(1);
  sum(2);
  code.for({below: 3}, (loop, step) => {
    const at = loop.let(add(multiply(step, threads), thread), 'at');
    loop.if(less(at, 3 * threads), (inside) =>
      inside.store(3, at, add(load('f32', 0, at), f32(1))),
    );
  });
}

/** Passes numbers around `g` + 1 times; the place for each workgroup is behind what `soloSums` writes. */
function loopedSums(code: Code, g: Expression): void {
  const x = code.variable(load('f32', 0, add(multiply(g, threads), thread)));
  code.for({below: add(g, 1), name: 'turn'}, (loop) => {
    loop.storeShared(thread, splat(x));
    loop.barrier();
    const other = loop.let(component(shared(subtract(threads - 1, thread)), 1));
    loop.barrier();
    loop.if(less(thread, 40), (inside) => inside.assign(x, add(multiply(x, f32(0.5)), other)));
  });
  const isStored = less(thread, 50);
  code.if(isStored, (inside) =>
    inside.store(1, add(multiply(add(g, 1), threads), thread), unary('abs', x)),
  );
}

function notFinite(): PrintCase {
  const code = new Code();
  for (const [at, value] of [Infinity, -Infinity, 2 ** -126, 3.4028234663852886e38, -0].entries())
    code.store(0, u32(at), f32(value));
  const dispatch: Dispatch = {
    labels: ['not finite'],
    threads: 1,
    groups: 1,
    shared: 0,
    bindings: outputs('f32'),
    body: code.statements,
  };
  return {title: 'numbers at the ends of float32', dispatch, arrays: () => [nothing(5)]};
}
