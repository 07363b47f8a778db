/** Turns statements of the kernel language into functions, once; checks types and scopes on the way. */
import {hasBarrier} from '../../../../src/tensor/kernels/has-barrier.ts';
import type {Expression, Statement} from '../../../../src/tensor/kernels/ir.ts';
import {Expressions} from './kernel-expressions.ts';
import {isUniformIn, type Evaluate, type Name, type Run, type Scope} from './kernel-scope.ts';

/** @returns what runs the statements in all threads of the workgroup `run.group` */
export function compileStatements(body: readonly Statement[], run: Run): () => void {
  run.names = Array.from({length: run.threads}, () => []);
  return new Compiler(run).together(body, new Map(), 'kernel');
}

class Compiler {
  readonly #run: Run;
  readonly #expressions: Expressions;
  #slots = 0;

  constructor(run: Run) {
    this.#run = run;
    this.#expressions = new Expressions(run);
  }

  /** For all threads: one thread after the other where no barrier is, otherwise together. */
  together(body: readonly Statement[], outer: Scope, path: string): () => void {
    const run = this.#run;
    const scope = new Map(outer);
    const steps: (() => void)[] = [];
    let alone: (() => void)[] = [];
    const endAlone = (): void => {
      if (alone.length > 0) steps.push(forEachThread(run, inOrder(alone)));
      alone = [];
    };
    for (const statement of body) {
      const place = `${path} > ${describe(statement)}`;
      if (hasBarrier(statement)) {
        endAlone();
        steps.push(this.#inStep(statement, scope, place));
      } else {
        alone.push(this.#alone(statement, scope, place));
      }
    }
    endAlone();
    return inOrder(steps);
  }

  #inStep(statement: Statement, scope: Map<string, Name>, place: string): () => void {
    const run = this.#run;
    if (statement.kind === 'barrier') {
      return () => {
        run.shared.passBarrier();
        if (statement.memory === 'device')
          for (const memory of run.memories.values()) memory.passBarrier();
      };
    }
    if (statement.kind === 'if') {
      this.#mustBeUniform(statement.condition, scope, place);
      const condition = this.#expressions.typed('bool', statement.condition, scope, place);
      const body = this.together(statement.body, scope, place);
      const otherwise = this.together(statement.otherwise, scope, `${place} else`);
      return () => {
        run.thread = 0;
        if (condition() === true) body();
        else otherwise();
      };
    }
    if (statement.kind !== 'for') throw new Error(`${place}: holds a barrier`);
    for (const bound of [statement.from, statement.below]) this.#mustBeUniform(bound, scope, place);
    const {from, below, inner, slot} = this.#loop(statement, scope, place, true);
    const body = this.together(statement.body, inner, place);
    return () => {
      run.thread = 0;
      for (let index = from() as number; ; index += statement.step) {
        for (const values of run.names) values[slot] = index;
        run.thread = 0;
        if (!(index < (below() as number))) return;
        body();
      }
    };
  }

  /** For one thread. */
  #alone(statement: Statement, scope: Map<string, Name>, place: string): () => void {
    const run = this.#run;
    const at = (what: () => void) => (): void => {
      run.place = place;
      what();
    };
    switch (statement.kind) {
      case 'declare': {
        const {name, value, isVariable} = statement;
        const evaluate = this.#expressions.evaluate(value, scope, place);
        if (scope.has(name)) throw new Error(`${place}: ${name} is declared already`);
        const isUniform = !isVariable && isUniformIn(value, scope);
        const slot = this.#slots++;
        scope.set(name, {type: value.type, isVariable, slot, isUniform});
        return at(() => (run.names[run.thread]![slot] = evaluate()));
      }
      case 'assign': {
        const name = scope.get(statement.name);
        if (name?.isVariable !== true)
          throw new Error(`${place}: ${statement.name} is no variable here`);
        const evaluate = this.#expressions.typed(name.type, statement.value, scope, place);
        return at(() => (run.names[run.thread]![name.slot] = evaluate()));
      }
      case 'store':
        return at(this.#store(statement, scope, place));
      case 'storeShared': {
        const index = this.#expressions.index(statement.index, scope, place);
        const value = this.#expressions.typed('vec4f', statement.value, scope, place);
        return at(() => run.shared.store(index(), value() as readonly number[], run));
      }
      case 'if': {
        const condition = this.#expressions.typed('bool', statement.condition, scope, place);
        const body = this.#block(statement.body, scope, place);
        const otherwise = this.#block(statement.otherwise, scope, `${place} else`);
        return () => {
          run.place = place;
          if (condition() === true) body();
          else otherwise();
        };
      }
      case 'for': {
        const {from, below, inner, slot} = this.#loop(statement, scope, place, false);
        const body = this.#block(statement.body, inner, place);
        return () => {
          run.place = place;
          for (let index = from() as number; ; index += statement.step) {
            run.names[run.thread]![slot] = index;
            run.place = place;
            if (!(index < (below() as number))) return;
            body();
          }
        };
      }
      case 'barrier':
        throw new Error(`${place}: a barrier is for all threads`);
    }
  }

  #block(body: readonly Statement[], outer: Scope, path: string): () => void {
    const scope = new Map(outer);
    return inOrder(
      body.map((statement) => this.#alone(statement, scope, `${path} > ${describe(statement)}`)),
    );
  }

  #loop(
    {name, from, below, step}: Extract<Statement, {kind: 'for'}>,
    scope: Scope,
    place: string,
    isUniform: boolean,
  ): {from: Evaluate; below: Evaluate; inner: Scope; slot: number} {
    if (from.type !== 'u32' && from.type !== 'i32')
      throw new Error(`${place}: counts ${from.type}`);
    if (!(step > 0)) throw new Error(`${place}: steps by ${step}`);
    if (scope.has(name)) throw new Error(`${place}: ${name} is declared already`);
    const slot = this.#slots++;
    const inner = new Map(scope).set(name, {type: from.type, isVariable: false, slot, isUniform});
    return {
      from: this.#expressions.evaluate(from, scope, place),
      below: this.#expressions.typed(from.type, below, scope, place),
      inner,
      slot,
    };
  }

  #store(
    {memory: id, index, value}: Extract<Statement, {kind: 'store'}>,
    scope: Scope,
    place: string,
  ): () => void {
    const run = this.#run;
    const memory = this.#expressions.memory(id, place);
    const at = this.#expressions.index(index, scope, place);
    const evaluate = this.#expressions.evaluate(value, scope, place);
    if (value.type === 'f32') return () => memory.store(at(), evaluate() as number, run);
    if (value.type !== 'vec4f') throw new Error(`${place}: stores ${value.type}`);
    return () => memory.storeVector(at(), evaluate() as readonly number[], run);
  }

  #mustBeUniform(expression: Expression, scope: Scope, place: string): void {
    if (!isUniformIn(expression, scope))
      throw new Error(
        `${place}: a barrier inside, but threads of one workgroup may differ in what decides about it`,
      );
  }
}

/** Runs something in every thread; an error says where it happened. */
function forEachThread(run: Run, what: () => void): () => void {
  return () => {
    for (let thread = 0; thread < run.threads; thread++) {
      run.thread = thread;
      try {
        what();
      } catch (cause) {
        const {message} = cause as Error;
        throw new Error(
          `${run.label}: group ${run.group}, thread ${thread}, ${run.place}: ${message}`,
          {cause},
        );
      }
    }
  };
}

function inOrder(steps: readonly (() => void)[]): () => void {
  return () => {
    for (const step of steps) step();
  };
}

function describe(statement: Statement): string {
  switch (statement.kind) {
    case 'declare':
    case 'assign':
      return `${statement.kind} ${statement.name}`;
    case 'store':
      return `store to ${statement.memory}`;
    case 'for':
      return `for ${statement.name}`;
    case 'storeShared':
    case 'if':
    case 'barrier':
      return statement.kind;
  }
}
