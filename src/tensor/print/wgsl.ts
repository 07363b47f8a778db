import {add, i32, multiply, u32} from '../kernels/expressions.ts';
import type {BinaryOperator, Expression, Type, UnaryOperator} from '../kernels/ir.ts';
import type {Binding, Dispatch} from '../kernels/kernel.ts';
import {
  BodyPrinter,
  guardedBody,
  memoryName,
  sharedName,
  type SelectTexts,
} from './body-printer.ts';
import {gridOf} from './grid.ts';
import {bitsText} from './number-text.ts';

/**
 * A module of WGSL with the entry point `main`, to be launched as `gridOf` says. Bindings are in group 0, in the order of
 * the dispatch. Their layout must be given: some may not be used.
 * @throws Error if the dispatch stores to a memory that it may not, or in another type than the memory's
 */
export function printWgsl(dispatch: Dispatch): string {
  const {threads, groups, shared, bindings} = dispatch;
  const printer = new WgslPrinter(bindings);
  const statements = printer.block(guardedBody(dispatch));
  const {x, y} = gridOf(groups);
  const group = y === 1 ? 'workgroup.x' : `workgroup.x + ${x}u * workgroup.y`;
  return [
    ...bindings.map(
      ({type, isWritten}, place) =>
        `@group(0) @binding(${place}) var<storage, ${isWritten ? 'read_write' : 'read'}> ${memoryName(place)}: array<${type}>;`,
    ),
    ...(shared > 0 ? [`var<workgroup> ${sharedName}: array<vec4f, ${shared}>;`] : []),
    ...printer.helpers(),
    '',
    `@compute @workgroup_size(${threads})`,
    'fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32) {',
    `  let group = ${group};`,
    ...statements,
    '}',
    '',
  ].join('\n');
}

const types: Readonly<Record<Type, string>> = {
  f32: 'f32',
  vec4f: 'vec4f',
  u32: 'u32',
  i32: 'i32',
  bool: 'bool',
  vec4b: 'vec4<bool>',
};

class WgslPrinter extends BodyPrinter {
  protected readonly integerSuffixes = {u32: 'u', i32: 'i'};
  protected readonly barriers = {
    workgroup: 'workgroupBarrier();',
    device: 'storageBarrier(); workgroupBarrier();',
  };
  /** Places whose memory is read in its other type, at an index that is not known. */
  readonly #readOtherwise = new Set<number>();
  #usesBits = false;

  /** What the printed statements need in front of `main`. */
  helpers(): readonly string[] {
    // A variable, so that no compiler computes with the number: WGSL forbids constants that are not finite.
    const bits = this.#usesBits ? ['var<private> zero_bits: u32 = 0u;'] : [];
    const places = [...this.#readOtherwise].sort((a, b) => a - b);
    return [...bits, ...places.flatMap((place) => helper(place, this.binding(place)))];
  }

  protected declaration(name: string, type: Type, isVariable: boolean): string {
    return `${isVariable ? 'var' : 'let'} ${name}: ${types[type]}`;
  }

  protected notFinite(value: number): string {
    this.#usesBits = true;
    return `bitcast<f32>(zero_bits | ${bitsText(value)})`;
  }

  protected functionName(operator: UnaryOperator | BinaryOperator): string | undefined {
    switch (operator) {
      case 'abs':
      case 'floor':
      case 'exp':
      case 'log':
      case 'sqrt':
      case 'min':
      case 'max':
        return operator;
      case 'negate':
      case 'add':
      case 'subtract':
      case 'multiply':
      case 'divide':
      case 'remainder':
      case 'less':
      case 'equal':
      case 'and':
      case 'or':
        return undefined;
    }
  }

  protected conversion(to: 'f32' | 'u32' | 'i32', operand: string): string {
    return `${to}(${operand})`;
  }

  protected vector(parts: string): string {
    return `vec4f(${parts})`;
  }

  protected select({condition, yes, no}: SelectTexts): string {
    return `select(${no}, ${yes}, ${condition})`;
  }

  protected load({memory, type, index}: Extract<Expression, {kind: 'load'}>): string {
    const name = memoryName(memory);
    const stored = this.binding(memory).type;
    if (stored === type) return `${name}[${this.expression(index)}]`;
    const split = type === 'f32' ? splitIndex(index) : undefined;
    if (split !== undefined)
      return `${name}[${this.expression(split.vector)}].${'xyzw'[split.lane]!}`;
    this.#readOtherwise.add(memory);
    const text = this.expression(index);
    const prefix = type === 'f32' ? 'number' : 'vector';
    return `${prefix}_of_${name}(${index.type === 'u32' ? text : `u32(${text})`})`;
  }
}

/** A function that reads a memory in the type in which it is not stored. */
function helper(place: number, {type}: Binding): readonly string[] {
  const name = memoryName(place);
  if (type === 'vec4f') {
    return [
      '',
      `fn number_of_${name}(index: u32) -> f32 {`,
      `  return ${name}[index / 4u][index % 4u];`,
      '}',
    ];
  }
  return [
    '',
    `fn vector_of_${name}(index: u32) -> vec4f {`,
    '  let first = 4u * index;',
    `  return vec4f(${name}[first], ${name}[first + 1u], ${name}[first + 2u], ${name}[first + 3u]);`,
    '}',
  ];
}

interface SplitIndex {
  readonly vector: Expression;
  readonly lane: number;
}

/** The index of a number as the index of a vector and a lane in it, where the lane is known. */
function splitIndex(index: Expression): SplitIndex | undefined {
  const count = index.type === 'i32' ? i32 : u32;
  if (index.kind === 'literal')
    return {vector: count(Math.floor(index.value / 4)), lane: index.value % 4};
  if (index.kind !== 'binary') return undefined;
  const {operator, left, right} = index;
  if (operator === 'add') {
    const [a, b] = [splitIndex(left), splitIndex(right)];
    if (a === undefined || b === undefined) return undefined;
    const lane = a.lane + b.lane;
    const vector = add(a.vector, b.vector);
    return lane < 4 ? {vector, lane} : {vector: add(vector, 1), lane: lane - 4};
  }
  if (operator !== 'multiply') return undefined;
  const [factor, other] = left.kind === 'literal' ? [left, right] : [right, left];
  if (factor.kind !== 'literal' || factor.value % 4 !== 0) return undefined;
  return {vector: multiply(other, count(factor.value / 4)), lane: 0};
}
