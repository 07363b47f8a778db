import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  add,
  component,
  convert,
  divide,
  f32,
  i32,
  load,
  max,
  min,
  multiply,
  remainder,
  splat,
  subtract,
  u32,
  unary,
  vector,
} from '../../../src/tensor/kernels/expressions.ts';
import type {BinaryOperator, Expression, Type} from '../../../src/tensor/kernels/ir.ts';
import {runStatements} from '../../support/engines/kernels/kernel-interpreter.ts';

/** The value of an expression of numbers or integers, at memory 0 of some numbers. */
function evaluate(expression: Expression): number {
  const out = new Float32Array(2);
  const parts: readonly Expression[] =
    expression.type === 'f32'
      ? [expression, f32(0)]
      : // Both halves, since a float32 does not hold all 32 bits.
        [
          convert('f32', divide(convert('u32', expression), u32(65_536))),
          convert('f32', remainder(convert('u32', expression), u32(65_536))),
        ];
  runStatements(
    parts.map((value, at) => ({kind: 'store', memory: 1, index: u32(at), value})),
    new Map([
      [0, Float32Array.of(3, -0.5, 7)],
      [1, out],
    ]),
  );
  return expression.type === 'f32' ? out[0]! : out[0]! * 65_536 + out[1]!;
}

const builders = {add, subtract, multiply, divide, remainder, min, max};

function unfolded(operator: BinaryOperator, left: Expression, right: Expression): Expression {
  return {kind: 'binary', type: left.type, operator, left, right};
}

const literals: Readonly<Partial<Record<Type, readonly Expression[]>>> = {
  u32: [0, 1, 2, 7, 65_537, 2 ** 31, 2 ** 32 - 1].map(u32),
  i32: [0, 1, -1, 3, -7, 2 ** 31 - 1, -(2 ** 31)].map(i32),
  f32: [0, 1, -1, 0.1, 3e38, -7.5].map(f32),
};

for (const [operator, build] of Object.entries(builders)) {
  test(`${operator} of known operands is what the kernel would have computed`, () => {
    let count = 0;
    for (const operands of Object.values(literals)) {
      for (const left of operands) {
        for (const right of operands) {
          const isDivision = operator === 'divide' || operator === 'remainder';
          if (isDivision && right.kind === 'literal' && right.value === 0) continue;
          const folded = build(left, right);
          assert.equal(folded.kind, 'literal');
          assert.equal(folded.type, left.type);
          const plain = unfolded(operator as BinaryOperator, left, right);
          assert.equal(evaluate(folded), evaluate(plain), JSON.stringify(plain));
          count++;
        }
      }
    }
    assert.ok(count > 100);
  });

  test(`${operator} of a plain number and what is not known keeps the other's type`, () => {
    const values: readonly Expression[] = [
      load('f32', 0, u32(2)),
      convert('u32', load('f32', 0, u32(2))),
      convert('i32', load('f32', 0, u32(2))),
    ];
    for (const value of values) {
      const literal = (number: number): Expression =>
        ({f32: f32(number), u32: u32(number), i32: i32(number)})[value.type as 'f32'];
      for (const number of [0, 1, 2]) {
        for (const [a, b] of [
          [value, number],
          [number, value],
        ] as const) {
          const isDivision = operator === 'divide' || operator === 'remainder';
          if (isDivision && b === 0) continue;
          const folded = build(a, b);
          assert.equal(folded.type, value.type);
          const [left, right] = [a, b].map((side) =>
            typeof side === 'number' ? literal(side) : side,
          );
          const plain = unfolded(operator as BinaryOperator, left!, right!);
          assert.equal(evaluate(folded), evaluate(plain), JSON.stringify(plain));
        }
      }
    }
  });
}

test('Functions of known numbers are known', () => {
  for (const operator of ['negate', 'abs', 'floor', 'exp', 'log', 'sqrt'] as const) {
    for (const value of [0.1, 2.5, 9]) {
      const folded = unary(operator, f32(value));
      assert.equal(folded.kind, 'literal');
      const plain: Expression = {kind: 'unary', type: 'f32', operator, operand: f32(value)};
      assert.equal(evaluate(folded), evaluate(plain));
    }
  }
  const sum = add(splat(f32(0.1)), splat(f32(0.2)));
  assert.deepEqual(sum, splat(f32(Math.fround(0.1) + Math.fround(0.2))));
});

test('Conversions of known numbers are what the kernel would have computed', () => {
  const operands = [u32(3), u32(2 ** 32 - 1), i32(-3), f32(2.75), f32(-2.75)];
  for (const type of ['f32', 'u32', 'i32'] as const) {
    for (const operand of operands) {
      if (type === 'u32' && operand === operands[4]) continue;
      const folded = convert(type, operand);
      assert.equal(folded.kind, 'literal');
      const plain: Expression = {kind: 'convert', type, operand};
      assert.equal(evaluate(folded), evaluate(plain), JSON.stringify(plain));
    }
  }
  assert.equal(convert('u32', f32(-2.75)).kind, 'convert');
});

test('A component of parts is the part', () => {
  const parts = [f32(1), f32(2), f32(3), f32(4)];
  assert.equal(component(vector(parts), 2), parts[2]);
  assert.equal(component(splat(parts[1]!), 3), parts[1]);
});

test('Operands of two types throw', () => {
  assert.throws(() => add(load('f32', 0, u32(0)), u32(1)), /add of f32, u32/);
});
