/** What a launch of a kernel knows while it runs, and what the compiler knows of names. */
import type {Expression, MemoryId, Type} from '../../../../src/tensor/kernels/ir.ts';
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

/** A name of the kernel language, where it is declared. */
export interface Name {
  readonly type: Type;
  readonly isVariable: boolean;
  readonly slot: number;
  /** Whether all threads of a workgroup have the same value. */
  readonly isUniform: boolean;
}

/** The names that may be used at a place. */
export type Scope = ReadonlyMap<string, Name>;
/** Evaluates an expression in the thread that runs. */
export type Evaluate = () => Value;

/** Whether all threads of a workgroup are sure to get the same. */
export function isUniformIn(expression: Expression, scope: Scope): boolean {
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
