/**
 * Matching gradients (DC: Zhao, Mopuri and Bilen 2021; with augmentation DSA: Zhao and Bilen 2021): the loss is the distance
 * between the gradients that synthetic and real images of the same class give a network, summed over classes.
 *
 * A network is new for the first of O updates, and is trained on the set before each of the others. With
 * v = ∂D/∂g held constant, ∂D(g, real)/∂X = ∂⟨g, v⟩/∂X: the way back through a student's step with α = −1 and λ = v. So
 * the memory is that of one class.
 */
import type {Engine, Tensor} from '../../../tensor/engine.ts';
import {Graph} from '../../../tensor/graph.ts';
import {program} from '../../../tensor/program.ts';
import type {Shape} from '../../../tensor/shape.ts';
import {usualPartPixels} from '../../../base/part-count.ts';
import {drawnBatches, type DrawnBatch, type ImageTensors} from '../../batches/drawn-batches.ts';
import {canvasShape} from '../../data/canvas.ts';
import {initialTheta} from '../../models/model.ts';
import type {Random} from '../../random.ts';
import {Backlog} from '../../training/backlog.ts';
import {ClassBatches, type BatchPair, type ClassBatchOptions} from '../class-batches.ts';
import type {Carried, Objective} from '../objective.ts';
import {createDividedStudent} from '../trajectories/divided-student.ts';
import {comparisonProgram, type GradientDistance} from './gradient-distance.ts';
import {createLossGradient} from './loss-gradient.ts';
import {createSetTraining, type SetTrainingOptions} from './set-training.ts';

export interface GradientSetup extends ClassBatchOptions, Omit<SetTrainingOptions, 'epochs'> {
  readonly distance: GradientDistance;
  /** O: updates of the set for each network. */
  readonly outerSteps: number;
  /** I: the passes over the set in which a network is trained between two updates. */
  readonly innerEpochs: number;
}

/** Its measurements: the number of the network, and that of the update for it, both counted from 1. */
export type GradientNumbers = Readonly<Record<'network' | 'outerStep', number>>;

export function gradientObjective(engine: Engine, given: GradientSetup): Objective {
  const setup = {partPixels: usualPartPixels, ...given};
  const {model, labels, canvas, outerSteps, innerEpochs} = setup;
  const batches = new ClassBatches(engine, setup);
  const train = createSetTraining(engine, {...setup, epochs: innerEpochs});
  const {height, width, channels} = canvasShape(model.input, canvas);
  const shape = [labels.length, height, width, channels];
  const matching = createGradientMatching(engine, setup, shape);
  const held = engine.upload(Float32Array.from(labels), [labels.length, 1]);
  const networkAt = async (
    step: number,
    {theta}: Carried,
    {set, random}: {readonly set: ImageTensors; readonly random: Random},
  ): Promise<Tensor> => {
    if (step > 0) return train(theta!, set, random.at('training'));
    return engine.upload(initialTheta(model, random.at('network')), [model.parameterCount]);
  };
  return {
    async evaluate({images}, {iteration, random}, carried = {}) {
      const set = {images, labels: held};
      const step = iteration % outerSteps;
      const theta = await networkAt(step, carried, {set, random});
      const {loss, gradient} = await matching.match(theta, batches.pairs(set, random));
      const numbers: GradientNumbers = {
        network: Math.floor(iteration / outerSteps) + 1,
        outerStep: step + 1,
      };
      const isLast = step === outerSteps - 1;
      if (isLast) theta.dispose();
      return {
        loss,
        gradients: {images: gradient},
        numbers,
        about: `network ${numbers.network}, update ${numbers.outerStep} of ${outerSteps}`,
        carried: isLast ? {} : {theta},
      };
    },
    dispose() {
      batches.dispose();
      matching.dispose();
      held.dispose();
    },
  };
}

/** Matches the gradients that pairs of batches give a network. */
interface GradientMatching {
  /**
   * The sum of distances over pairs [], and its gradient by the images that synthetic batches are made from, both the
   * caller's. Takes pairs one after the other, and frees them; θ stays the caller's.
   */
  match(
    theta: Tensor,
    pairs: Iterable<BatchPair>,
  ): Promise<Readonly<Record<'loss' | 'gradient', Tensor>>>;
  dispose(): void;
}

/** @param shape that of X */
export function createGradientMatching(
  engine: Engine,
  {model, distance}: Pick<GradientSetup, 'model' | 'distance'>,
  shape: Shape,
): GradientMatching {
  const source = drawnBatches(model);
  const gradientOf = createLossGradient<DrawnBatch>(engine, model, source);
  const compare = engine.compile(comparisonProgram(model, distance));
  const student = createDividedStudent<DrawnBatch>(engine, model, 'truncated', source);
  const graph = new Graph();
  const [zero, none] = [graph.constant(0), graph.constant(0, shape)];
  const zeros = engine.compile(program({loss: zero, alpha: zero, images: none}));
  const minusOne = engine.upload(Float32Array.of(-1), []);
  return {
    async match(theta, pairs) {
      const backlog = new Backlog(engine);
      let {loss, ...sofar}: Record<'loss' | 'alpha' | 'images', Tensor> = zeros.run({});
      for (const pair of pairs) {
        const real = await gradientOf(theta, pair.real);
        const synthetic = await gradientOf(theta, pair.synthetic);
        const compared = compare.run({real, synthetic, sofar: loss});
        const later = {...sofar, lambda: compared.slope};
        const {images, alpha} = await student.backFrom(later, theta, pair.synthetic, minusOne);
        for (const tensor of [real, synthetic, ...Object.values(later)]) tensor.dispose();
        pair.free();
        await backlog.add(loss);
        loss = compared.loss;
        sofar = {images, alpha};
      }
      sofar.alpha.dispose();
      return {loss, gradient: sofar.images};
    },
    dispose: () => minusOne.dispose(),
  };
}
