/** What the printers of the kernel language have in common: blocks, operators and where parentheses are needed. */
import type {BinaryOperator, Expression, Statement, Type, UnaryOperator} from '../kernels/ir.ts';
import type {Binding, Dispatch} from '../kernels/kernel.ts';
import {group, less} from '../kernels/expressions.ts';
import {gridOf} from './grid.ts';
import {floatText, integerText} from './number-text.ts';

type Of<Kind extends Expression['kind']> = Extract<Expression, {readonly kind: Kind}>;

/** What binds tighter has a higher rank. A text without operators has the highest, and never needs parentheses. */
const rank = {call: 5, prefix: 4, product: 3, sum: 2, comparison: 1, logic: 0} as const;

interface Text {
  readonly text: string;
  readonly rank: number;
}

const call = (text: string): Text => ({text, rank: rank.call});

const infix: Readonly<Record<BinaryOperator, readonly [string, number]>> = {
  min: ['', rank.call],
  max: ['', rank.call],
  multiply: ['*', rank.product],
  divide: ['/', rank.product],
  remainder: ['%', rank.product],
  add: ['+', rank.sum],
  subtract: ['-', rank.sum],
  less: ['<', rank.comparison],
  equal: ['==', rank.comparison],
  and: ['&&', rank.logic],
  or: ['||', rank.logic],
};

/** Prints statements that lie in `main`, two spaces deep. */
export abstract class BodyPrinter {
  protected readonly bindings: readonly Binding[];

  constructor(bindings: readonly Binding[]) {
    this.bindings = bindings;
  }

  /** The beginning of a declaration, to the name. */
  protected abstract declaration(name: string, type: Type, isVariable: boolean): string;
  protected abstract readonly integerSuffixes: Readonly<Record<'u32' | 'i32', string>>;
  protected abstract notFinite(value: number): string;
  /** The function for an operator on a type; `undefined` if a sign stands for it. */
  protected abstract functionName(
    operator: UnaryOperator | BinaryOperator,
    type: Type,
  ): string | undefined;
  protected abstract conversion(to: 'f32' | 'u32' | 'i32', operand: string): string;
  protected abstract vector(parts: string): string;
  protected abstract select(parts: SelectTexts, conditionType: Type): string;
  protected abstract load(load: Of<'load'>): string;
  protected abstract readonly barriers: Readonly<Record<'workgroup' | 'device', string>>;

  /** The lines of statements. */
  block(statements: readonly Statement[], indent = '  '): readonly string[] {
    return statements.flatMap((statement) => this.#statement(statement, indent));
  }

  #statement(statement: Statement, indent: string): readonly string[] {
    const inner = `${indent}  `;
    switch (statement.kind) {
      case 'declare': {
        const {name, value, isVariable} = statement;
        const start = this.declaration(name, value.type, isVariable);
        return [`${indent}${start} = ${this.expression(value)};`];
      }
      case 'assign':
        return [`${indent}${statement.name} = ${this.expression(statement.value)};`];
      case 'store': {
        const {memory, index, value} = statement;
        this.#checkStore(memory, value.type);
        return [
          `${indent}${memoryName(memory)}[${this.expression(index)}] = ${this.expression(value)};`,
        ];
      }
      case 'storeShared': {
        const {index, value} = statement;
        return [`${indent}${sharedName}[${this.expression(index)}] = ${this.expression(value)};`];
      }
      case 'if': {
        const {condition, body, otherwise} = statement;
        const lines = [`${indent}if (${this.expression(condition)}) {`, ...this.block(body, inner)];
        if (otherwise.length > 0) lines.push(`${indent}} else {`, ...this.block(otherwise, inner));
        return [...lines, `${indent}}`];
      }
      case 'for': {
        const {name, from, below, step, body} = statement;
        const start = `${this.declaration(name, from.type, true)} = ${this.expression(from)}`;
        const by = this.expression({
          kind: 'literal',
          type: from.type as 'u32' | 'i32',
          value: step,
        });
        const end = this.#operand(below, rank.comparison + 1);
        return [
          `${indent}for (${start}; ${name} < ${end}; ${name} += ${by}) {`,
          ...this.block(body, inner),
          `${indent}}`,
        ];
      }
      case 'barrier':
        return [`${indent}${this.barriers[statement.memory]}`];
    }
  }

  /** Memories are written in their own type only: part of a vector cannot be written without touching the rest. */
  #checkStore(place: number, type: Type): void {
    const binding = this.binding(place);
    if (!binding.isWritten) throw new Error(`Binding ${place} is not written`);
    if (binding.type !== type)
      throw new Error(`${type} is stored to binding ${place} of ${binding.type}`);
  }

  protected binding(place: number): Binding {
    const binding = this.bindings[place];
    if (binding === undefined) throw new Error(`There is no binding ${place}`);
    return binding;
  }

  expression(expression: Expression): string {
    return this.#text(expression).text;
  }

  /** In parentheses if it binds less tightly than its place asks for. */
  #operand(expression: Expression, least: number): string {
    const {text, rank} = this.#text(expression);
    return rank < least ? `(${text})` : text;
  }

  #text(expression: Expression): Text {
    switch (expression.kind) {
      case 'literal':
        return this.#literal(expression);
      case 'builtin':
      case 'local':
        return call(expression.name);
      case 'unary':
        return this.#unary(expression);
      case 'binary':
        return this.#binary(expression);
      case 'select': {
        const {condition, yes, no} = expression;
        const parts = {
          condition: this.expression(condition),
          yes: this.expression(yes),
          no: this.expression(no),
        };
        return call(this.select(parts, condition.type));
      }
      case 'convert':
        return call(this.conversion(expression.type, this.expression(expression.operand)));
      case 'splat':
        return call(this.vector(this.expression(expression.operand)));
      case 'vector':
        return call(this.vector(expression.parts.map((part) => this.expression(part)).join(', ')));
      case 'component': {
        const name = 'xyzw'[expression.index]!;
        return call(`${this.#operand(expression.of, rank.call)}.${name}`);
      }
      case 'load':
        return call(this.load(expression));
      case 'shared':
        return call(`${sharedName}[${this.expression(expression.index)}]`);
    }
  }

  #literal({type, value}: Of<'literal'>): Text {
    if (type === 'f32' && !Number.isFinite(Math.fround(value))) return call(this.notFinite(value));
    const text =
      type === 'f32'
        ? `${floatText(value)}f`
        : integerText(value, type, this.integerSuffixes[type]);
    return text.startsWith('-') ? {text, rank: rank.logic} : call(text);
  }

  #unary({operator, operand, type}: Of<'unary'>): Text {
    if (operator === 'negate')
      return {text: `-${this.#operand(operand, rank.call)}`, rank: rank.prefix};
    return call(`${this.functionName(operator, type)}(${this.expression(operand)})`);
  }

  #binary({operator, left, right, type}: Of<'binary'>): Text {
    const name = this.functionName(operator, type);
    if (name !== undefined)
      return call(`${name}(${this.expression(left)}, ${this.expression(right)})`);
    if (type === 'vec4b' && (operator === 'and' || operator === 'or')) {
      const [a, b] = [left, right].map((side) => this.#operand(side, rank.call));
      return {text: `${a} ${infix[operator][0].charAt(0)} ${b}`, rank: rank.logic};
    }
    const [sign, own] = infix[operator];
    // Both languages read operators of one rank from the left, but WGSL takes `&&` beside `||` only in parentheses.
    const isRead = own >= rank.sum || (left.kind === 'binary' && left.operator === operator);
    const a = this.#operand(left, isRead ? own : own + 1);
    return {text: `${a} ${sign} ${this.#operand(right, own + 1)}`, rank: own};
  }
}

export interface SelectTexts {
  readonly condition: string;
  readonly yes: string;
  readonly no: string;
}

/** The statements that a printed workgroup runs: none in those that the grid has too many. */
export function guardedBody({groups, body}: Dispatch): readonly Statement[] {
  const {x, y} = gridOf(groups);
  if (x * y === groups) return body;
  // All threads of a workgroup take the branch together, so barriers may lie in it.
  return [{kind: 'if', condition: less(group, groups), body, otherwise: []}];
}

export const sharedName = 'workgroup_memory';

/** Names of constants and variables end in a digit behind a letter, so they are none of these. */
export function memoryName(place: number): string {
  return `memory_${place}`;
}
