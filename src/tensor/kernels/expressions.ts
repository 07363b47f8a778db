/** Building expressions of the kernel language. Whatever is known when a kernel is written is computed then. */
import type {BinaryOperator, Expression, MemoryId, NumberType, UnaryOperator} from './ir.ts';

/** The number of the workgroup in its dispatch. */
export const group: Expression = {kind: 'builtin', type: 'u32', name: 'group'};
/** The number of the thread in its workgroup. */
export const thread: Expression = {kind: 'builtin', type: 'u32', name: 'thread'};

/** An expression of unsigned integers, or a known one. */
export type Count = Expression | number;

export function f32(value: number): Expression {
  return {kind: 'literal', type: 'f32', value: Math.fround(value)};
}

export function u32(value: number): Expression {
  return {kind: 'literal', type: 'u32', value};
}

export function i32(value: number): Expression {
  return {kind: 'literal', type: 'i32', value};
}

/** A known number of the same type as the other operand; vectors get it four times. */
function of(value: Expression | number, type: Expression['type']): Expression {
  if (typeof value !== 'number') return value;
  if (type === 'vec4f') return splat(f32(value));
  if (type === 'f32') return f32(value);
  return type === 'i32' ? i32(value) : u32(value);
}

function binary(operator: BinaryOperator, a: Count, b: Count): Expression {
  const type = typeof a !== 'number' ? a.type : typeof b !== 'number' ? b.type : 'u32';
  const [left, right] = [of(a, type), of(b, type)];
  if (left.type !== right.type) throw new TypeError(`${operator} of ${left.type}, ${right.type}`);
  const [x, y] = [knownFloat(left), knownFloat(right)];
  const compute = operator in floats ? floats[operator as keyof typeof floats] : undefined;
  // WGSL refuses constants that overflow, so that no arithmetic of constants is left to it.
  if (x !== undefined && y !== undefined && compute !== undefined)
    return of(Math.fround(compute(x, y)), type);
  return {kind: 'binary', type, operator, left, right};
}

const floats = {
  add: (x: number, y: number) => x + y,
  subtract: (x: number, y: number) => x - y,
  multiply: (x: number, y: number) => x * y,
  divide: (x: number, y: number) => x / y,
  remainder: (x: number, y: number) => x % y,
  min: Math.min,
  max: Math.max,
} as const;

/** A known number, or what all components of a known vector are. */
function knownFloat(value: Expression): number | undefined {
  if (value.kind === 'splat') return knownFloat(value.operand);
  return value.kind === 'literal' && value.type === 'f32' ? value.value : undefined;
}

/**
 * The value of a known integer; `undefined` for everything else. A plain number is an integer unless the other operand is
 * none.
 */
function known(value: Count, other: Count): number | undefined {
  if (typeof value === 'number')
    return typeof other === 'number' || isInteger(other) ? value : undefined;
  return value.kind === 'literal' && isInteger(value) ? value.value : undefined;
}

function isInteger({type}: Expression): boolean {
  return type === 'u32' || type === 'i32';
}

/** Integers are unsigned unless an operand says otherwise. They wrap around. */
function integer(value: number, a: Count, b: Count): Expression {
  const isSigned = [a, b].some((like) => typeof like !== 'number' && like.type === 'i32');
  return isSigned ? i32(value | 0) : u32(value >>> 0);
}

export function add(a: Count, b: Count): Expression {
  const [x, y] = [known(a, b), known(b, a)];
  if (x !== undefined && y !== undefined) return integer(x + y, a, b);
  if (x === 0 || a === 0) return b as Expression;
  if (y === 0 || b === 0) return a as Expression;
  return binary('add', a, b);
}

export function subtract(a: Count, b: Count): Expression {
  const [x, y] = [known(a, b), known(b, a)];
  if (x !== undefined && y !== undefined) return integer(x - y, a, b);
  if (y === 0 || b === 0) return a as Expression;
  return binary('subtract', a, b);
}

export function multiply(a: Count, b: Count): Expression {
  const [x, y] = [known(a, b), known(b, a)];
  if (x !== undefined && y !== undefined) return integer(Math.imul(x, y), a, b);
  if (x === 0 || y === 0) return integer(0, a, b);
  if (x === 1 || a === 1) return b as Expression;
  if (y === 1 || b === 1) return a as Expression;
  return binary('multiply', a, b);
}

/** Of integers: rounded towards zero. */
export function divide(a: Count, b: Count): Expression {
  const [x, y] = [known(a, b), known(b, a)];
  if (x !== undefined && y !== undefined && y !== 0) return integer(Math.trunc(x / y), a, b);
  if (y === 1 || b === 1) return a as Expression;
  return binary('divide', a, b);
}

export function remainder(a: Count, b: Count): Expression {
  const [x, y] = [known(a, b), known(b, a)];
  if (x !== undefined && y !== undefined && y !== 0) return integer(x % y, a, b);
  if (y === 1) return integer(0, a, b);
  return binary('remainder', a, b);
}

export function min(a: Count, b: Count): Expression {
  const [x, y] = [known(a, b), known(b, a)];
  if (x !== undefined && y !== undefined) return integer(Math.min(x, y), a, b);
  return binary('min', a, b);
}

export function max(a: Count, b: Count): Expression {
  const [x, y] = [known(a, b), known(b, a)];
  if (x !== undefined && y !== undefined) return integer(Math.max(x, y), a, b);
  return binary('max', a, b);
}

function comparison(operator: 'less' | 'equal', a: Count, b: Count): Expression {
  const compared = binary(operator, a, b) as Extract<Expression, {kind: 'binary'}>;
  return {...compared, type: compared.type === 'vec4f' ? 'vec4b' : 'bool'};
}

export function less(a: Count, b: Count): Expression {
  return comparison('less', a, b);
}

export function equal(a: Count, b: Count): Expression {
  return comparison('equal', a, b);
}

/** a ≤ b, of integers. */
export function atMost(a: Count, b: Count): Expression {
  return less(a, add(b, 1));
}

/** All of the conditions; `undefined` if there are none. */
export function all(conditions: readonly Expression[]): Expression | undefined {
  return conditions.length === 0
    ? undefined
    : conditions.reduce((left, right) => ({
        kind: 'binary',
        type: 'bool',
        operator: 'and',
        left,
        right,
      }));
}

const functions: Readonly<Record<UnaryOperator, (x: number) => number>> = {
  negate: (x) => -x,
  abs: Math.abs,
  floor: Math.floor,
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
};

export function unary(operator: UnaryOperator, operand: Expression): Expression {
  const x = knownFloat(operand);
  if (x !== undefined) return of(Math.fround(functions[operator](x)), operand.type);
  return {kind: 'unary', type: operand.type as NumberType, operator, operand};
}

export function select(condition: Expression, yes: Expression, no: Expression): Expression {
  return {kind: 'select', type: yes.type, condition, yes, no};
}

export function convert(type: 'f32' | 'u32' | 'i32', operand: Expression): Expression {
  if (operand.type === type) return operand;
  if (operand.kind === 'literal') {
    const {value} = operand;
    if (type === 'f32') return f32(value);
    // A number that does not fit is left to the device.
    const whole = isInteger(operand) ? value : Math.trunc(value);
    const wrapped = type === 'u32' ? whole >>> 0 : whole | 0;
    if (isInteger(operand) || wrapped === whole) return {kind: 'literal', type, value: wrapped};
  }
  return {kind: 'convert', type, operand};
}

/** The number in every component. A vector stays as it is. */
export function splat(operand: Expression): Expression {
  return operand.type === 'vec4f' ? operand : {kind: 'splat', type: 'vec4f', operand};
}

export function vector(parts: readonly Expression[]): Expression {
  return {kind: 'vector', type: 'vec4f', parts};
}

export function component(value: Expression, index: 0 | 1 | 2 | 3): Expression {
  if (value.kind === 'splat') return value.operand;
  if (value.kind === 'vector') return value.parts[index]!;
  return {kind: 'component', type: 'f32', of: value, index};
}

export function load(type: NumberType, memory: MemoryId, index: Expression): Expression {
  return {kind: 'load', type, memory, index};
}

export function shared(index: Count): Expression {
  return {kind: 'shared', type: 'vec4f', index: of(index, 'u32')};
}
