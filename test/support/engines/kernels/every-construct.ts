import {Code} from '../../../../src/tensor/kernels/code.ts';
import {
  add,
  all,
  component,
  convert,
  divide,
  equal,
  f32,
  group,
  i32,
  less,
  load,
  max,
  min,
  multiply,
  remainder,
  select,
  shared,
  splat,
  subtract,
  thread,
  u32,
  unary,
  vector,
} from '../../../../src/tensor/kernels/expressions.ts';
import type {Expression, Statement} from '../../../../src/tensor/kernels/ir.ts';
import type {Dispatch} from '../../../../src/tensor/kernels/kernel.ts';

const threads = 8;

/**
 * A dispatch that uses every kind of expression and statement, with numbers and vectors in memories of both types.
 * Three workgroups, each of which takes one branch of three.
 */
export function everyConstruct(): Dispatch {
  const code = new Code();
  const at = code.let(add(multiply(group, threads), thread), 'at');
  code.if(
    less(group, 1),
    (first) => arithmetic(first, at),
    (rest) =>
      rest.if(
        equal(group, 1),
        (second) => treeOfSums(second, at),
        (third) => passedOn(third, at),
      ),
  );
  return {
    labels: ['every construct'],
    threads,
    groups: 3,
    shared: threads,
    bindings: [
      {source: {kind: 'input', name: 'numbers'}, type: 'f32', isWritten: false},
      {source: {kind: 'input', name: 'vectors'}, type: 'vec4f', isWritten: false},
      {source: {kind: 'output', name: 'number'}, type: 'f32', isWritten: true},
      {source: {kind: 'output', name: 'vector'}, type: 'vec4f', isWritten: true},
    ],
    body: code.statements,
  };
}

/** Arrays for the bindings: inputs with numbers that are exact in float32, outputs that hold −1. */
export function everyConstructArrays(): readonly Float32Array[] {
  const size = 3 * threads;
  return [
    Float32Array.from({length: 4 * size}, (_, at) => ((at * 7) % 13) / 4 - 1),
    Float32Array.from({length: 4 * size}, (_, at) => ((at * 5) % 17) / 8),
    new Float32Array(2 * size).fill(-1),
    new Float32Array(4 * size).fill(-1),
  ];
}

function arithmetic(code: Code, at: Expression): void {
  const x = code.let(load('f32', 0, at));
  const y = code.let(load('f32', 1, add(at, 1)));
  const z = code.let(load('f32', 1, add(multiply(at, 4), 6)));
  const size = code.let(unary('abs', x));
  const functions = [
    unary('exp', unary('negate', size)),
    unary('log', add(size, f32(1))),
    unary('sqrt', size),
    unary('floor', divide(x, f32(0.3))),
  ];
  const sum = code.let(functions.reduce((left, right) => add(left, right)));
  const whole = code.let(convert('i32', multiply(x, f32(4))), 'n');
  const turned = code.let(
    remainder(add(multiply(whole, i32(-3)), i32(64)), convert('i32', u32(5))),
    'n',
  );
  const count = code.let(min(subtract(at, 2), max(divide(at, 3), remainder(at, 3))), 'c');
  const isBetween = all([less(i32(-2), whole), less(whole, i32(3))])!;
  const isOdd: Expression = {
    kind: 'binary',
    type: 'bool',
    operator: 'or',
    left: isBetween,
    right: equal(turned, i32(1)),
  };
  const chosen = select(isOdd, subtract(sum, multiply(y, subtract(z, x))), f32(-0.1));
  code.store(2, at, add(chosen, convert('f32', count)));
  code.store(2, add(at, threads), remainder(min(x, y), max(f32(0.75), z)));
  const four = code.let(load('vec4f', 0, at));
  const other = code.let(vector([x, y, z, f32(Infinity)]));
  const isLess = code.let(less(four, other));
  const isEqual: Expression = {
    kind: 'binary',
    type: 'vec4b',
    operator: 'and',
    left: isLess,
    right: {
      kind: 'binary',
      type: 'vec4b',
      operator: 'or',
      left: equal(four, four),
      right: less(other, splat(f32(0))),
    },
  };
  const masked = select(isEqual, unary('negate', max(four, splat(x))), splat(f32(1 / 3)));
  code.store(3, at, add(masked, select(isBetween, four, unary('abs', four))));
}

/** Adds the numbers of all threads, and stores what each saw. */
function treeOfSums(code: Code, at: Expression): void {
  code.storeShared(thread, load('vec4f', 1, at));
  code.barrier();
  code.for({below: 3, name: 'half'}, (loop, step) => {
    const reach = loop.let(
      select(equal(step, 0), u32(4), select(equal(step, 1), u32(2), u32(1))),
      'reach',
    );
    loop.if(less(thread, reach), (inner) =>
      inner.storeShared(thread, add(shared(thread), shared(add(thread, reach)))),
    );
    loop.barrier();
  });
  code.store(3, at, add(shared(0), splat(convert('f32', thread))));
}

/** Counts in a variable, then passes numbers on to another thread through the memory of the device. */
function passedOn(code: Code, at: Expression): void {
  const sum = code.variable(f32(0), 'sum');
  code.for({below: convert('i32', thread), from: i32(-3), step: 2}, (loop, index) =>
    loop.assign(sum, add(sum, convert('f32', index))),
  );
  code.store(2, at, sum);
  code.barrier('device');
  const before = code.let(load('f32', 2, add(multiply(group, threads), subtract(7, thread))));
  code.store(2, add(at, threads), add(before, load('f32', 0, u32(3))));
  const vectors: readonly Statement[] = [
    {kind: 'store', memory: 3, index: at, value: splat(component(load('vec4f', 1, at), 2))},
  ];
  code.statements.push(...vectors);
}
