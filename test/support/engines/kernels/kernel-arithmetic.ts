/** The arithmetic of the kernel language. */
import type {Expression, UnaryOperator} from '../../../../src/tensor/kernels/ir.ts';
import type {Value} from './kernel-scope.ts';

type Round = (value: number) => number;
type Evaluate = () => Value;

const unary: Readonly<Record<UnaryOperator, (x: number) => number>> = {
  negate: (x) => -x,
  abs: Math.abs,
  floor: Math.floor,
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
};

export function compileUnary(
  {type, operator}: Extract<Expression, {kind: 'unary'}>,
  operand: Evaluate,
  round: Round,
): Evaluate {
  if (type !== 'f32' && type !== 'vec4f') throw new Error(`${operator} of ${String(type)}`);
  const apply = (x: number): number => round(unary[operator](x));
  if (type === 'f32') return () => apply(operand() as number);
  return () => (operand() as readonly number[]).map(apply);
}

export function compileBinary(
  {type, operator, left: {type: operandType}}: Extract<Expression, {kind: 'binary'}>,
  left: Evaluate,
  right: Evaluate,
  round: Round,
): Evaluate {
  const isComparison = operator === 'less' || operator === 'equal';
  const isVector = operandType === 'vec4f' || operandType === 'vec4b';
  const expected = isComparison ? (isVector ? 'vec4b' : 'bool') : operandType;
  if (type !== expected) throw new Error(`${operator} of ${operandType} is no ${type}`);
  const isLogic = operator === 'and' || operator === 'or';
  if ((operandType === 'bool' || operandType === 'vec4b') !== isLogic)
    throw new Error(`${operator} of ${operandType}`);
  // The right side of these is evaluated only where it matters, as in WGSL and C.
  if (operandType === 'bool')
    return operator === 'and' ? () => left() && right() : () => left() || right();
  const apply = scalar(operator, operandType, round);
  if (!isVector) return () => apply(left() as number, right() as number);
  return () => {
    const b = right() as readonly number[];
    return (left() as readonly number[]).map((a, lane) => apply(a, b[lane]!)) as Value;
  };
}

function scalar(
  operator: Extract<Expression, {kind: 'binary'}>['operator'],
  type: Expression['type'],
  round: Round,
): (a: number, b: number) => number | boolean {
  const fit: Round = type === 'u32' ? (x) => x >>> 0 : type === 'i32' ? (x) => x | 0 : round;
  const isInteger = type === 'u32' || type === 'i32';
  const divisor = (b: number): number => {
    if (isInteger && b === 0) throw new Error('an integer is divided by zero');
    return b;
  };
  switch (operator) {
    case 'add':
      return (a, b) => fit(a + b);
    case 'subtract':
      return (a, b) => fit(a - b);
    case 'multiply':
      return isInteger ? (a, b) => fit(Math.imul(a, b)) : (a, b) => fit(a * b);
    case 'divide':
      return isInteger ? (a, b) => fit(Math.trunc(a / divisor(b))) : (a, b) => fit(a / b);
    case 'remainder':
      return (a, b) => fit(a % divisor(b));
    case 'min':
      return Math.min;
    case 'max':
      return Math.max;
    case 'less':
      return (a, b) => a < b;
    case 'equal':
      return (a, b) => a === b;
    case 'and':
      return (a, b) => Boolean(a) && Boolean(b);
    case 'or':
      return (a, b) => Boolean(a) || Boolean(b);
  }
}

/** What a number that does not fit becomes: no index, and no number that somebody expects. */
const unfit = 0x7eadbeef;

export function compileConvert(
  {type, operand: {type: from}}: Extract<Expression, {kind: 'convert'}>,
  operand: Evaluate,
  round: Round,
): Evaluate {
  if (from !== 'f32' && from !== 'u32' && from !== 'i32') throw new Error(`convert of ${from}`);
  const evaluate = operand as () => number;
  if (type === 'f32') return () => round(evaluate());
  if (from !== 'f32') return type === 'u32' ? () => evaluate() >>> 0 : () => evaluate() | 0;
  const [least, most] = type === 'u32' ? [0, 2 ** 32 - 1] : [-(2 ** 31), 2 ** 31 - 1];
  return () => {
    const whole = Math.trunc(evaluate());
    return whole >= least && whole <= most ? whole : unfit;
  };
}
