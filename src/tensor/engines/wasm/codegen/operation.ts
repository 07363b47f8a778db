/** The instructions of an elementwise operation, for four numbers at once and for one. */
import type {FunctionBody, Instruction} from '../../../../wasm/assembler.ts';
import type {ElementwiseKind} from '../../../op-traits.ts';

/** The number of numbers that are computed at once. */
export type Width = 4 | 1;

/** The functions that kernels import, by index; `assembly/elementwise.ts` exports them under these names. */
export const importedFunctions = ['exp', 'log', 'sigmoid'] as const;

/** The instructions for four numbers and for one. A function given by name is called for each number. */
const operations = {
  add: {four: ['f32x4.add'], one: ['f32.add']},
  subtract: {four: ['f32x4.sub'], one: ['f32.sub']},
  multiply: {four: ['f32x4.mul'], one: ['f32.mul']},
  divide: {four: ['f32x4.div'], one: ['f32.div']},
  sqrt: {four: ['f32x4.sqrt'], one: ['f32.sqrt']},
  floor: {four: ['f32x4.floor'], one: ['f32.floor']},
  broadcast: {four: [], one: []},
  heaviside: 'heaviside',
  exp: 'exp',
  log: 'log',
  sigmoid: 'sigmoid',
} as const satisfies Readonly<Record<ElementwiseKind, Instructions | string>>;

interface Instructions {
  readonly four: readonly Instruction[];
  readonly one: readonly Instruction[];
}

/**
 * Writes instructions that push the result of an operation.
 *
 * @param pushes each writes instructions that push an operand
 * @param argument gives a local that can hold the argument of a called function
 */
export function writeOperation(
  body: FunctionBody,
  kind: ElementwiseKind,
  {
    width,
    pushes,
    argument,
  }: {
    readonly width: Width;
    readonly pushes: readonly (() => void)[];
    readonly argument: () => number;
  },
): void {
  const how = operations[kind];
  if (typeof how === 'object') {
    for (const push of pushes) push();
    body.add(...(width === 4 ? how.four : how.one));
  } else if (how === 'heaviside') {
    writeHeaviside(body, width, pushes[0]!);
  } else {
    pushes[0]!();
    const called = importedFunctions.indexOf(how);
    if (width === 1) body.call(called);
    else writeFourCalls(body, called, argument());
  }
}

/** Pushes 1 where a number is above 0, else 0. */
function writeHeaviside(body: FunctionBody, width: Width, push: () => void): void {
  if (width === 4) {
    push();
    body.f32x4(0);
    body.add('f32x4.gt');
    body.f32x4(1);
    body.add('v128.and');
    return;
  }
  body.f32(1);
  body.f32(0);
  push();
  body.f32(0);
  body.add('f32.gt', 'select');
}

/** Calls a function for each of the four numbers on the stack. */
function writeFourCalls(body: FunctionBody, called: number, argument: number): void {
  body.set(argument);
  body.get(argument);
  for (const lane of [0, 1, 2, 3]) {
    body.get(argument);
    body.extractLane(lane);
    body.call(called);
    body.replaceLane(lane);
  }
}
