/**
 * Matching training trajectories (Cazenavette et al. 2022): the loss is the distance between a student that trained on
 * X for N steps of size α and the point that an expert reached from the same parameters.
 *
 * Symbols: N `steps`, M `expertEpochs`, T⁻ `minStartEpoch`, T⁺ `maxStartEpoch` (exclusive), |b| `batch`.
 */
import type {Engine, Tensor} from '../../../tensor/engine.ts';
import {disposeRows, drawnBatches} from '../../batches/drawn-batches.ts';
import {canvasShape} from '../../data/canvas.ts';
import {DivergedError} from '../../diverged-error.ts';
import {labelLogits} from '../label-logits.ts';
import type {IterationAddress, Objective} from '../objective.ts';
import {parameterDistance, type Distance, type ExpertSegment} from './distance.ts';
import {createMatching} from './matching.ts';
import {trajectoryAt, type Sampling} from './sampling.ts';
import {drawStartEpoch, type StartEpochs} from './start-epoch.ts';
import {createTeacher} from './teacher.ts';
import {createDividedStudent} from './divided-student.ts';
import type {GradientKind} from './student.ts';
import {unrollSteps, type StepOptions} from './unrolled-steps.ts';

export interface TrajectorySetup extends StepOptions, StartEpochs {
  readonly trajectories: TrajectorySource;
  /** M: the number of expert epochs that the student must cover. */
  readonly expertEpochs: number;
  readonly sampling: Sampling;
  /** The distance that is minimised. Defaults to the distance of parameters, over all of them. */
  readonly distance?: Distance | undefined;
  readonly gradient: GradientKind;
  /** Whether the loss is of the step that comes nearest to the target: see `MatchingOptions`. Defaults to false. */
  readonly bestStep?: boolean | undefined;
  /**
   * Whether students train on the labels that the expert gives to the images at the point that they should reach; the
   * evaluation carries them as `targets`. They count as constant.
   */
  readonly isTaught?: boolean;
  readonly seed: number;
}

/** The experts' parameters, read one epoch at a time. */
export interface TrajectorySource {
  /** Number of trajectories in each file; they are numbered consecutively. */
  readonly shards: readonly number[];
  /** θ* of a trajectory after an epoch [D]; epoch 0 is its initialisation, 1.5 is half-way between two epochs. */
  snapshot(trajectory: number, epoch: number): Promise<Float32Array>;
}

/**
 * Its measurements: the student's start epoch, and its cross-entropy before the first and before the last step that the
 * loss depends on; the number of these steps, if it is chosen.
 */
export type TrajectoryNumbers = Readonly<
  Record<'trajectory' | 'startEpoch' | 'firstStepLoss' | 'lastStepLoss', number>
> & {readonly matchedStep?: number};

/** The matching loss; it is 1 for a student that did not move. */
export function trajectoryObjective(engine: Engine, setup: TrajectorySetup): Objective {
  const {model, gradient, labels, canvas, distance = parameterDistance(engine)} = setup;
  const {isTaught, partPixels, partImages} = setup;
  const student = createDividedStudent(engine, model, gradient, drawnBatches(model));
  const unrolled = unrollSteps(engine, setup);
  const softened = labelLogits(engine);
  const teacher = isTaught
    ? createTeacher(engine, model, {count: labels.length, partPixels, partImages})
    : undefined;
  const {height, width, channels} = canvasShape(model.input, canvas);
  const shape = [labels.length, height, width, channels];
  const {bestStep} = setup;
  const match = createMatching(engine, student, {distance, images: shape, bestStep});
  return {
    async evaluate({images, stepSize, labels: logits}, at) {
      const {trajectory, startEpoch, ...segment} = await drawSegment(setup, at);
      const shown = Number(startEpoch.toPrecision(6));
      const fault = `trajectory ${trajectory} did not move from epoch ${shown} on`;
      assertMoved(segment, {fault, at, from: distance.from ?? 0});
      const learned = logits && softened.soften(logits);
      const taught = teacher?.label(images, segment.target);
      const batches = unrolled.draw(images, at.random, learned ?? taught);
      const matching = await match({...segment, alpha: stepSize, batches, targets: learned});
      batches.forEach(disposeRows);
      const {loss, alpha: byAlpha, images: byImages, targets: byTargets, stepLosses} = matching;
      const byLogits = byTargets && softened.pullBack(logits!, byTargets);
      for (const tensor of [learned, byTargets]) tensor?.dispose();
      const later = stepLosses.slice(1);
      const lastStepLoss = later.pop() ?? stepLosses[0]!;
      for (const tensor of later) tensor.dispose();
      const numbers: {readonly [name in keyof TrajectoryNumbers]: number | Tensor} = {
        trajectory,
        startEpoch,
        firstStepLoss: stepLosses[0]!,
        lastStepLoss,
        ...(bestStep === true && {matchedStep: stepLosses.length}),
      };
      return {
        loss,
        gradients: {images: byImages, stepSize: byAlpha, ...(byLogits && {labels: byLogits})},
        numbers,
        ...(taught && {carried: {targets: taught}}),
        about: `trajectory ${trajectory} from epoch ${shown} on`,
      };
    },
    dispose() {
      unrolled.dispose();
      teacher?.dispose();
      distance.dispose?.();
    },
  };
}

/** Draws a trajectory and a start epoch. */
async function drawSegment(
  {trajectories, sampling, seed, expertEpochs, ...epochs}: TrajectorySetup,
  at: IterationAddress,
): Promise<ExpertSegment & {readonly trajectory: number; readonly startEpoch: number}> {
  const {shards} = trajectories;
  const trajectory = trajectoryAt(sampling, {shards, seed, iteration: at.iteration});
  const startEpoch = drawStartEpoch(epochs, at);
  return {
    trajectory,
    startEpoch,
    start: await trajectories.snapshot(trajectory, startEpoch),
    target: await trajectories.snapshot(trajectory, startEpoch + expertEpochs),
  };
}

/**
 * Refuses an expert that did not move, because its displacement is the divisor of the loss. Only parameters from number
 * `from` on count. @throws DivergedError
 */
function assertMoved(
  {start, target}: ExpertSegment,
  {
    fault,
    at: {iteration},
    from,
  }: {readonly fault: string; readonly at: IterationAddress; readonly from: number},
): void {
  if (start.some((value, i) => i >= from && value !== target[i])) return;
  throw new DivergedError(
    `The expert of ${fault} (iteration ${iteration + 1}): its parameters are the same to the bit where the student starts and where it should arrive. Experts must be trained with a larger learningRate, or stored with more precision.`,
  );
}
