/** Writes the statements of a kernel, in order. */
import type {Expression, MemoryId, Statement} from './ir.ts';
import {u32, type Count} from './expressions.ts';

export class Code {
  readonly statements: Statement[] = [];
  readonly #names: {count: number};

  /** @param within the code that this is a block of: their names differ */
  constructor(within?: Code) {
    this.#names = within === undefined ? {count: 0} : within.#names;
  }

  /** Names the value of an expression here: it is computed once. What is as cheap as a name stays as it is. */
  let(value: Expression, name = 'v'): Expression {
    if (value.kind === 'literal' || value.kind === 'local' || value.kind === 'builtin')
      return value;
    return this.#declare(value, name, false);
  }

  /** A variable, to be assigned by `assign`. */
  variable(value: Expression, name = 'x'): Extract<Expression, {kind: 'local'}> {
    return this.#declare(value, name, true);
  }

  #declare(
    value: Expression,
    base: string,
    isVariable: boolean,
  ): Extract<Expression, {kind: 'local'}> {
    const name = `${base}${this.#names.count++}`;
    this.statements.push({kind: 'declare', name, value, isVariable});
    return {kind: 'local', type: value.type, name};
  }

  assign(variable: Extract<Expression, {kind: 'local'}>, value: Expression): void {
    this.statements.push({kind: 'assign', name: variable.name, value});
  }

  store(memory: MemoryId, index: Expression, value: Expression): void {
    this.statements.push({kind: 'store', memory, index, value});
  }

  storeShared(index: Expression, value: Expression): void {
    this.statements.push({kind: 'storeShared', index, value});
  }

  /** Writes a block for when the condition holds, and one for when it does not. No condition always holds. */
  if(
    condition: Expression | undefined,
    then: (code: Code) => void,
    otherwise?: (code: Code) => void,
  ): void {
    if (condition === undefined) {
      then(this);
      return;
    }
    this.statements.push({
      kind: 'if',
      condition,
      body: this.#block(then),
      otherwise: otherwise === undefined ? [] : this.#block(otherwise),
    });
  }

  /** Writes a loop over `from`, `from` + `step`, … below `below`. What is known to run at most once is no loop. */
  for(
    {from = 0, below, step = 1, name = 'i'}: LoopBounds,
    body: (code: Code, index: Expression) => void,
  ): void {
    const first = typeof from === 'number' ? like(from, below) : from;
    const end = typeof below === 'number' ? like(below, first) : below;
    if (first.kind === 'literal' && end.kind === 'literal' && first.value + step >= end.value) {
      if (first.value < end.value) body(this, first);
      return;
    }
    const counter = `${name}${this.#names.count++}`;
    const index: Expression = {kind: 'local', type: first.type, name: counter};
    this.statements.push({
      kind: 'for',
      name: counter,
      from: first,
      below: end,
      step,
      body: this.#block((code) => body(code, index)),
    });
  }

  barrier(memory: 'workgroup' | 'device' = 'workgroup'): void {
    this.statements.push({kind: 'barrier', memory});
  }

  #block(write: (code: Code) => void): readonly Statement[] {
    const block = new Code(this);
    write(block);
    return block.statements;
  }
}

export interface LoopBounds {
  readonly from?: Count;
  readonly below: Count;
  readonly step?: number;
  readonly name?: string;
}

function like(value: number, other: Count): Expression {
  return typeof other !== 'number' && other.type === 'i32'
    ? {kind: 'literal', type: 'i32', value}
    : u32(value);
}
