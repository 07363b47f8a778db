/** Turns expressions of the kernel language into functions, and checks their types. */
import type {Expression, MemoryId, Type} from '../../../../src/tensor/kernels/ir.ts';
import {compileBinary, compileConvert, compileUnary} from './kernel-arithmetic.ts';
import type {DeviceMemory} from './kernel-memory.ts';
import type {Evaluate, Run, Scope} from './kernel-scope.ts';

export class Expressions {
  readonly #run: Run;

  constructor(run: Run) {
    this.#run = run;
  }

  evaluate(expression: Expression, scope: Scope, place: string): Evaluate {
    const run = this.#run;
    const inner = (operand: Expression): Evaluate => this.evaluate(operand, scope, place);
    const typed = (type: Type, operand: Expression): Evaluate =>
      this.typed(type, operand, scope, place);
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
        const memory = this.memory(expression.memory, place);
        const index = this.index(expression.index, scope, place);
        return expression.type === 'f32'
          ? () => memory.load(index(), run)
          : () => memory.loadVector(index(), run);
      }
      case 'shared': {
        const index = this.index(expression.index, scope, place);
        return () => run.shared.load(index(), run);
      }
    }
  }

  typed(type: Type, expression: Expression, scope: Scope, place: string): Evaluate {
    if (expression.type !== type)
      throw new Error(`${place}: ${expression.type} where ${type} should be`);
    return this.evaluate(expression, scope, place);
  }

  index(expression: Expression, scope: Scope, place: string): () => number {
    if (expression.type !== 'u32' && expression.type !== 'i32')
      throw new Error(`${place}: an index of type ${expression.type}`);
    return this.evaluate(expression, scope, place) as () => number;
  }

  memory(id: MemoryId, place: string): DeviceMemory {
    const memory = this.#run.memories.get(id);
    if (memory === undefined) throw new Error(`${place}: there is no memory ${id}`);
    return memory;
  }

  /** Evaluates both sides, as a device may: what is not chosen need not be right, but must lie in its memory. */
  #select(
    {type, condition, yes, no}: Extract<Expression, {kind: 'select'}>,
    scope: Scope,
    place: string,
  ): Evaluate {
    const run = this.#run;
    const decide = this.evaluate(condition, scope, place);
    const [then, otherwise] = [yes, no].map((side) => this.typed(type, side, scope, place));
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
