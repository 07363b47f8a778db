/** Turns statements and expressions of the kernel language into functions, once; checks types and scopes on the way. */
import {hasBarrier} from '../../../../src/tensor/kernels/has-barrier.ts';
import type {Expression, MemoryId, Statement, Type} from '../../../../src/tensor/kernels/ir.ts';
import {compileBinary, compileConvert, compileUnary} from './kernel-arithmetic.ts';
import type {DeviceMemory, SharedMemory} from './kernel-memory.ts';

/** Numbers, `bool`, `vec4f` and `vec4b`. */
export type Value = number | boolean | readonly number[] | readonly boolean[];

/** The state of a launch: the workgroup and thread that run now, and the values of names in each thread. */
export interface Run {
  readonly label: string;
  readonly threads: number;
  readonly memories: ReadonlyMap<MemoryId, DeviceMemory>;
  readonly shared: SharedMemory;
  readonly round: (value: number) => number;
  group: number;
  thread: number;
  /** The statement that runs, for messages. */
  place: string;
  isDiscarded: boolean;
  /** Values by thread, then by the slot of the name. */
  names: Value[][];
}

interface Name {
  readonly type: Type;
  readonly isVariable: boolean;
  readonly slot: number;
  /** Whether all threads of a workgroup have the same value. */
  readonly isUniform: boolean;
}

type Scope = ReadonlyMap<string, Name>;
type Evaluate = () => Value;

/** @returns what runs the statements in all threads of the workgroup `run.group` */
export function compileStatements(body: readonly Statement[], run: Run): () => void {
  run.names = Array.from({length: run.threads}, () => []);
  return new Compiler(run).together(body, new Map(), 'kernel');
}

class Compiler {
  readonly #run: Run;
  #slots = 0;

  constructor(run: Run) {
    this.#run = run;
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
      const condition = this.#typed('bool', statement.condition, scope, place);
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
        const evaluate = this.#expression(value, scope, place);
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
        const evaluate = this.#typed(name.type, statement.value, scope, place);
        return at(() => (run.names[run.thread]![name.slot] = evaluate()));
      }
      case 'store':
        return at(this.#store(statement, scope, place));
      case 'storeShared': {
        const index = this.#index(statement.index, scope, place);
        const value = this.#typed('vec4f', statement.value, scope, place);
        return at(() => run.shared.store(index(), value() as readonly number[], run));
      }
      case 'if': {
        const condition = this.#typed('bool', statement.condition, scope, place);
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
      from: this.#expression(from, scope, place),
      below: this.#typed(from.type, below, scope, place),
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
    const memory = this.#memory(id, place);
    const at = this.#index(index, scope, place);
    const evaluate = this.#expression(value, scope, place);
    if (value.type === 'f32') return () => memory.store(at(), evaluate() as number, run);
    if (value.type !== 'vec4f') throw new Error(`${place}: stores ${value.type}`);
    return () => memory.storeVector(at(), evaluate() as readonly number[], run);
  }

  #memory(id: MemoryId, place: string): DeviceMemory {
    const memory = this.#run.memories.get(id);
    if (memory === undefined) throw new Error(`${place}: there is no memory ${id}`);
    return memory;
  }

  #index(expression: Expression, scope: Scope, place: string): () => number {
    if (expression.type !== 'u32' && expression.type !== 'i32')
      throw new Error(`${place}: an index of type ${expression.type}`);
    return this.#expression(expression, scope, place) as () => number;
  }

  #typed(type: Type, expression: Expression, scope: Scope, place: string): Evaluate {
    if (expression.type !== type)
      throw new Error(`${place}: ${expression.type} where ${type} should be`);
    return this.#expression(expression, scope, place);
  }

  #mustBeUniform(expression: Expression, scope: Scope, place: string): void {
    if (!isUniformIn(expression, scope))
      throw new Error(
        `${place}: a barrier inside, but threads of one workgroup may differ in what decides about it`,
      );
  }

  #expression(expression: Expression, scope: Scope, place: string): Evaluate {
    const run = this.#run;
    const inner = (operand: Expression): Evaluate => this.#expression(operand, scope, place);
    const typed = (type: Type, operand: Expression): Evaluate =>
      this.#typed(type, operand, scope, place);
    switch (expression.kind) {
      case 'literal': {
        const {value} = expression;
        return () => value;
      }
      case 'builtin':
        return expression.name === 'group' ? () => run.group : () => run.thread;
      case 'local': {
        const name = scope.get(expression.name);
        if (name === undefined)
          throw new Error(`${place}: ${expression.name} is not declared here`);
        if (name.type !== expression.type)
          throw new Error(`${place}: ${expression.name} is ${name.type}, not ${expression.type}`);
        const {slot} = name;
        return () => run.names[run.thread]![slot]!;
      }
      case 'unary':
        return compileUnary(expression, typed(expression.type, expression.operand), run.round);
      case 'binary':
        return compileBinary(
          expression,
          inner(expression.left),
          typed(expression.left.type, expression.right),
          run.round,
        );
      case 'select':
        return this.#select(expression, scope, place);
      case 'convert':
        return compileConvert(expression, inner(expression.operand), run.round);
      case 'splat': {
        const operand = typed('f32', expression.operand) as () => number;
        return () => Array.from({length: 4}, operand);
      }
      case 'vector': {
        const parts = expression.parts.map((part) => typed('f32', part) as () => number);
        if (parts.length !== 4) throw new Error(`${place}: a vector of ${parts.length}`);
        return () => parts.map((part) => part());
      }
      case 'component': {
        const of = typed('vec4f', expression.of) as () => readonly number[];
        const {index} = expression;
        return () => of()[index]!;
      }
      case 'load': {
        const memory = this.#memory(expression.memory, place);
        const index = this.#index(expression.index, scope, place);
        return expression.type === 'f32'
          ? () => memory.load(index(), run)
          : () => memory.loadVector(index(), run);
      }
      case 'shared': {
        const index = this.#index(expression.index, scope, place);
        return () => run.shared.load(index(), run);
      }
    }
  }

  /** Evaluates both sides, as a device may: what is not chosen need not be right, but must lie in its memory. */
  #select(
    {type, condition, yes, no}: Extract<Expression, {kind: 'select'}>,
    scope: Scope,
    place: string,
  ): Evaluate {
    const run = this.#run;
    const decide = this.#expression(condition, scope, place);
    const [then, otherwise] = [yes, no].map((side) => this.#typed(type, side, scope, place));
    if (condition.type === 'vec4b') {
      return () => {
        const mask = decide() as readonly boolean[];
        const [a, b] = [then!() as readonly number[], otherwise!() as readonly number[]];
        return mask.map((isYes, lane) => (isYes ? a[lane]! : b[lane]!));
      };
    }
    if (condition.type !== 'bool') throw new Error(`${place}: selects by ${condition.type}`);
    return () => {
      const [chosen, other] = decide() === true ? [then!, otherwise!] : [otherwise!, then!];
      const before = run.isDiscarded;
      run.isDiscarded = true;
      other();
      run.isDiscarded = before;
      return chosen();
    };
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

/** Whether all threads of a workgroup are sure to get the same. */
function isUniformIn(expression: Expression, scope: Scope): boolean {
  const both = (...operands: readonly Expression[]): boolean =>
    operands.every((operand) => isUniformIn(operand, scope));
  switch (expression.kind) {
    case 'literal':
      return true;
    case 'builtin':
      return expression.name === 'group';
    case 'local':
      return scope.get(expression.name)?.isUniform === true;
    case 'unary':
    case 'convert':
    case 'splat':
      return both(expression.operand);
    case 'binary':
      return both(expression.left, expression.right);
    case 'select':
      return both(expression.condition, expression.yes, expression.no);
    case 'vector':
      return both(...expression.parts);
    case 'component':
      return both(expression.of);
    case 'load':
    case 'shared':
      return false;
  }
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
