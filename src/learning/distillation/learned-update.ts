/** The update of all that is learned, by one program: see `update-program.ts`. */
import type {Engine, Tensor} from '../../tensor/engine.ts';
import {perShape} from '../per-shape.ts';
import type {LearnedTensors} from './learned-tensors.ts';
import type {Evaluation} from './objective.ts';
import {
  measuredNames,
  otherName,
  updateProgram,
  type UpdateForm,
  type UpdateOptions,
} from './update-program.ts';

/** The numbers of an update. */
export interface Measured {
  readonly loss: number;
  /** ‖∂L/∂X‖² before the limit is applied */
  readonly gradientSquare: number;
  /** ‖change of X‖² */
  readonly movedSquare: number;
  /** ‖X‖² before and after the update */
  readonly beforeSquare: number;
  readonly afterSquare: number;
  /** After the update. */
  readonly stepSize: number;
  readonly rhoShift: number;
  readonly rhoVelocity: number;
  /** ∂L/∂α before the limit is applied; absent if the loss does not depend on α. */
  readonly stepSizeGradient?: number;
  /** ‖∂L/∂ℓ‖², and ‖ℓ‖² after the update; absent if no labels are learned. */
  readonly labelGradientSquare?: number;
  readonly labelSquare?: number;
  /** The objective's own measurements. */
  readonly others: Readonly<Record<string, number>>;
}

/** An update that is under way: the new state, whose tensors the caller owns, and the numbers once they are there. */
export interface Update {
  readonly learned: LearnedTensors;
  readonly measured: Promise<Measured>;
}

/** Moves all that is learned down its gradients. The caller keeps all arguments. */
export type LearnedUpdater = (learned: LearnedTensors, evaluation: Evaluation) => Update;

export function createLearnedUpdater(engine: Engine, options: UpdateOptions): LearnedUpdater {
  const compiled = perShape(
    engine,
    (byStepSize: boolean, classes: number, averages: boolean, others: number) =>
      updateProgram(options, {byStepSize, classes, averages, others}),
  );
  return (learned, {loss, gradients, numbers}) => {
    const {images, stepSize, labels} = gradients;
    const others = Object.entries(numbers).filter(isOnEngine);
    const form: UpdateForm = {
      byStepSize: stepSize !== undefined,
      classes: learned.labels?.shape[1] ?? 0,
      averages: learned.average !== undefined,
      others: others.length,
    };
    const {byStepSize, classes, averages} = form;
    const move = compiled(byStepSize, classes, averages, others.length);
    const {measured, ...moved} = move.run({
      ...learned,
      loss,
      imageGradient: images,
      ...(stepSize && {stepSizeGradient: stepSize}),
      ...(labels && {labelGradient: labels}),
      ...Object.fromEntries(others.map(([, tensor], i) => [otherName(i), tensor])),
    });
    const names = measuredNames(form);
    const read = readMeasured(engine, measured!, {names, others: others.map(([name]) => name)});
    return {learned: moved as LearnedTensors, measured: read};
  };
}

function isOnEngine(entry: [string, number | Tensor]): entry is [string, Tensor] {
  return typeof entry[1] !== 'number';
}

/** Begins to read the numbers at once, before anything else is asked of the engine, and frees the tensor afterwards. */
async function readMeasured(
  engine: Engine,
  measured: Tensor,
  {names, others}: Readonly<Record<'names' | 'others', readonly string[]>>,
): Promise<Measured> {
  try {
    const numbers = await engine.read(measured);
    const named = (all: readonly string[], from: number): Record<string, number> =>
      Object.fromEntries(all.map((name, i) => [name, numbers[from + i]!]));
    return {...named(names, 0), others: named(others, names.length)} as unknown as Measured;
  } finally {
    measured.dispose();
  }
}
