/** Renaming the memories of a kernel's text. */
import {add} from './expressions.ts';
import type {Expression, MemoryId, NumberType, Statement} from './ir.ts';

/** A place in another memory: the number at index 0 lies at `offset`, a multiple of four. */
export interface MemoryPlace {
  readonly memory: MemoryId;
  readonly offset: number;
}

/** One use of a memory by a kernel. */
export interface MemoryUse {
  readonly memory: MemoryId;
  readonly type: NumberType;
  readonly isStore: boolean;
}

/** The same statements on other memories. */
export function withMemories(
  statements: readonly Statement[],
  placeOf: (use: MemoryUse) => MemoryPlace,
): readonly Statement[] {
  return new Renaming(placeOf).block(statements);
}

class Renaming {
  readonly #placeOf: (use: MemoryUse) => MemoryPlace;
  /** Expressions are shared: each is renamed once, so that they stay shared. */
  readonly #renamed = new Map<Expression, Expression>();

  constructor(placeOf: (use: MemoryUse) => MemoryPlace) {
    this.#placeOf = placeOf;
  }

  block(statements: readonly Statement[]): readonly Statement[] {
    return statements.map((statement) => this.#statement(statement));
  }

  #statement(given: Statement): Statement {
    switch (given.kind) {
      case 'declare':
      case 'assign':
        return {...given, value: this.#expression(given.value)};
      case 'store': {
        const value = this.#expression(given.value);
        const use = {memory: given.memory, type: value.type as NumberType, isStore: true};
        return {...given, ...this.#place(use, given.index), value};
      }
      case 'storeShared': {
        const {index, value} = given;
        return {...given, index: this.#expression(index), value: this.#expression(value)};
      }
      case 'if': {
        const {condition, body, otherwise} = given;
        const rest = {body: this.block(body), otherwise: this.block(otherwise)};
        return {...given, condition: this.#expression(condition), ...rest};
      }
      case 'for': {
        const {from, below, body} = given;
        const bounds = {from: this.#expression(from), below: this.#expression(below)};
        return {...given, ...bounds, body: this.block(body)};
      }
      case 'barrier':
        return given;
    }
  }

  #place(use: MemoryUse, index: Expression): {memory: MemoryId; index: Expression} {
    const {memory, offset} = this.#placeOf(use);
    const shift = use.type === 'vec4f' ? offset / 4 : offset;
    return {memory, index: add(this.#expression(index), shift)};
  }

  #expression(given: Expression): Expression {
    let result = this.#renamed.get(given);
    if (result === undefined) this.#renamed.set(given, (result = this.#rename(given)));
    return result;
  }

  #rename(given: Expression): Expression {
    const renamed = (expression: Expression): Expression => this.#expression(expression);
    switch (given.kind) {
      case 'literal':
      case 'builtin':
      case 'local':
        return given;
      case 'unary':
      case 'convert':
      case 'splat':
        return {...given, operand: renamed(given.operand)};
      case 'binary':
        return {...given, left: renamed(given.left), right: renamed(given.right)};
      case 'select': {
        const {condition, yes, no} = given;
        return {...given, condition: renamed(condition), yes: renamed(yes), no: renamed(no)};
      }
      case 'vector':
        return {...given, parts: given.parts.map(renamed)};
      case 'component':
        return {...given, of: renamed(given.of)};
      case 'shared':
        return {...given, index: renamed(given.index)};
      case 'load': {
        const use = {memory: given.memory, type: given.type, isStore: false};
        return {...given, ...this.#place(use, given.index)};
      }
    }
  }
}
