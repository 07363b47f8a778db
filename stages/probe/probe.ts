import {StageError, type CheckpointState} from '../../src/contract/stage.ts';
import {
  initialDistillation,
  type DistillationState,
} from '../../src/learning/distillation/distillation-state.ts';
import {distill} from '../../src/learning/distillation/distillation.ts';
import {disposeEvaluation, type Objective} from '../../src/learning/distillation/objective.ts';
import {driftOf, median} from '../../src/learning/distillation/probing/choices.ts';
import {
  createReachMeter,
  normOf,
  type Reach,
} from '../../src/learning/distillation/probing/student-reach.ts';
import {rateTry} from '../../src/learning/distillation/probing/rate-search.ts';
import type {ExpertSegment} from '../../src/learning/distillation/trajectories/distance.ts';
import {trajectoryObjective} from '../../src/learning/distillation/trajectories/trajectory-objective.ts';
import {DivergedError} from '../../src/learning/diverged-error.ts';
import {Random} from '../../src/learning/random.ts';
import type {Engine, Tensor} from '../../src/tensor/engine.ts';
import {restoreState, saveState} from '../shared/distilling/checkpoint.ts';
import {saveFindings, type Findings} from './findings.ts';
import type {ProbeContext, ProbePlan, Segment} from './plan.ts';

/** Iterations whose gradients are looked at before any update: as many as the measurements behind `relativeUpdate` took. */
const gradientsTaken = 5;

/** Momentum of the pixels' SGD: the official program's, and the default of `distill`. */
const momentum = 0.5;

/** The choices from the first measurements; the bound may become lower. */
export interface Chosen {
  readonly stepSize: number;
  readonly maxStartEpoch: number;
}

/** The segments, or what was measured of them, that start below the bound. */
export function matched<S extends Pick<Segment, 'startEpoch'>>(
  segments: readonly S[],
  {maxStartEpoch}: Pick<Chosen, 'maxStartEpoch'>,
): readonly S[] {
  return segments.filter(({startEpoch}) => startEpoch < maxStartEpoch);
}

/** The measurements, each of which is kept in the findings and can be continued from. */
export class Probe implements Disposable {
  readonly #engine: Engine;
  readonly #context: ProbeContext;
  readonly #plan: ProbePlan;
  readonly #findings: Findings;
  readonly #meter: ReturnType<typeof createReachMeter>;
  #done: number;

  constructor(engine: Engine, context: ProbeContext, plan: ProbePlan, findings: Findings) {
    const {iterations} = context.params;
    this.#engine = engine;
    this.#context = context;
    this.#plan = plan;
    this.#findings = findings;
    this.#meter = createReachMeter(engine, plan.options);
    this.#done = iterations * findings.tries.length;
  }

  [Symbol.dispose](): void {
    this.#meter.dispose();
  }

  /** Adds the losses of students with each step size along the segments that are missing. */
  async measureSegments(): Promise<void> {
    const {stepSizes} = this.#context.params;
    const {attempts} = this.#findings;
    this.#advance(attempts.length);
    for (const segment of this.#plan.segments.slice(attempts.length / stepSizes.length)) {
      const drift = driftOf(await this.#pathAround(segment));
      for (const stepSize of stepSizes) {
        const reach = await this.#reach(this.#plan.images, segment, stepSize);
        attempts.push({...segment, stepSize, ...reach, drift});
        this.#advance(1, `loss ${reach.loss.toFixed(3)}`);
      }
      await this.#offer();
    }
  }

  /** ‖∂L/∂X‖: the median over the first iterations of a distillation that updates nothing. */
  async gradientNorm(chosen: Chosen): Promise<number> {
    const norm = this.#findings.gradientNorm ?? (await this.#measureGradient(chosen));
    this.#advance(gradientsTaken);
    if (this.#findings.gradientNorm === undefined) {
      this.#findings.gradientNorm = norm;
      await this.#offer();
    }
    return norm;
  }

  /**
   * Distils for a short time with a rate, and adds the losses of students on the images that came out.
   *
   * @param saved the checkpoint to continue from, if it was made within this distillation
   */
  async tryRate(
    pixelRate: number,
    chosen: Chosen,
    saved: CheckpointState | undefined,
  ): Promise<void> {
    const start = saved?.has('distillation')
      ? restoreState(saved)
      : initialDistillation(this.#plan.images, chosen.stepSize, 'raw');
    const images = await this.#distilled(pixelRate, chosen, start);
    const losses: number[] = [];
    for (const segment of matched(this.#plan.segments, chosen)) {
      const reach = images && (await this.#reach(images, segment, chosen.stepSize));
      losses.push(reach?.loss ?? Infinity);
    }
    this.#findings.tries.push(rateTry(pixelRate, losses));
  }

  /** The images after the short distillation; `undefined` if it diverged. */
  async #distilled(
    pixelRate: number,
    chosen: Chosen,
    start: DistillationState,
  ): Promise<Float32Array | undefined> {
    const {iterations, seed} = this.#context.params;
    const setup = {
      objective: this.#objective(chosen),
      iterations,
      seed,
      shape: this.#plan.shape,
      pixelRate,
      momentum,
      stepSizeRate: 0,
      stepSizeForm: 'raw',
    } as const;
    this.#advance(start.iteration);
    try {
      for await (const done of distill(this.#engine, setup, start)) {
        this.#advance(1, `loss ${done.numbers.loss.toFixed(3)}`);
        if (done.iteration === iterations) return (await done.state()).images;
        await this.#offer(async () => saveState(await done.state(), {tensors: []}));
      }
    } catch (cause) {
      if (!(cause instanceof DivergedError)) throw cause;
      this.#context.log(`pixelRate ${pixelRate}: ${cause.message}`);
    }
    return undefined;
  }

  async #measureGradient(chosen: Chosen): Promise<number> {
    const images = this.#engine.upload(this.#plan.images, this.#plan.shape);
    const stepSize = this.#engine.upload(Float32Array.of(chosen.stepSize), []);
    const objective = this.#objective(chosen);
    const norms: number[] = [];
    try {
      for (let iteration = 0; iteration < gradientsTaken; iteration++) {
        const random = new Random(this.#context.params.seed, 'iteration', iteration);
        const evaluation = await objective.evaluate({images, stepSize}, {iteration, random});
        norms.push(normOf(await this.#engine.read(evaluation.gradients.images)));
        disposeEvaluation(evaluation);
      }
    } catch (cause) {
      if (!(cause instanceof DivergedError)) throw cause;
      throw new StageError(cause.message, {cause});
    } finally {
      objective.dispose?.();
      for (const tensor of [images, stepSize]) tensor.dispose();
    }
    const norm = median(norms);
    if (norm > 0 && Number.isFinite(norm)) return norm;
    throw new StageError(
      `The gradient of the loss in the pixels is ${norm} at the start, with the step size ${chosen.stepSize}: no learning rate can be derived from it.`,
    );
  }

  #objective({maxStartEpoch}: Chosen): Objective {
    const {expertEpochs, seed} = this.#context.params;
    return trajectoryObjective(this.#engine, {
      ...this.#plan.options,
      trajectories: this.#plan.buffers,
      expertEpochs,
      maxStartEpoch,
      sampling: {kind: 'with-replacement'},
      gradient: 'exact',
      seed,
    });
  }

  async #reach(
    pixels: Float32Array,
    {trajectory, startEpoch}: Segment,
    stepSize: number,
  ): Promise<Reach> {
    const {seed} = this.#context.params;
    const images: Tensor = this.#engine.upload(pixels, this.#plan.shape);
    const random = new Random(seed, 'probe', trajectory, startEpoch);
    const ends = await this.#ends({trajectory, startEpoch});
    const reach = await this.#meter.measure(images, {ends, stepSize, random});
    images.dispose();
    return reach;
  }

  async #ends({trajectory, startEpoch}: Segment): Promise<ExpertSegment> {
    const {buffers} = this.#plan;
    const {expertEpochs} = this.#context.params;
    return {
      start: await buffers.snapshot(trajectory, startEpoch),
      target: await buffers.snapshot(trajectory, startEpoch + expertEpochs),
    };
  }

  /** The expert from an epoch before the segment, if there is one, to its end. */
  async #pathAround({trajectory, startEpoch}: Segment): Promise<readonly Float32Array[]> {
    const path: Float32Array[] = [];
    const end = startEpoch + this.#context.params.expertEpochs;
    for (let epoch = Math.max(0, startEpoch - 1); epoch <= end; epoch++) {
      path.push(await this.#plan.buffers.snapshot(trajectory, epoch));
    }
    return path;
  }

  #advance(by: number, note?: string): void {
    const {stepSizes, iterations} = this.#context.params;
    this.#done += by;
    this.#context.progress({
      done: this.#done,
      total:
        this.#plan.segments.length * stepSizes.length +
        gradientsTaken +
        iterations * (this.#findings.tries.length + 1),
      unit: 'measurements',
      ...(note !== undefined && {note}),
    });
  }

  async #offer(more: () => Promise<CheckpointState> = async () => new Map()): Promise<void> {
    await this.#context.checkpoint.offer(
      async () => new Map([...saveFindings(this.#findings), ...(await more())]),
    );
  }
}
