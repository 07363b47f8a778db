/** Checks `sgd.json`: losses and parameter norms of SGD alone, with momentum, and with weight decay. */
import type {Engine} from '../../src/tensor/engine.ts';
import {uploadTotals} from '../../src/learning/training/totals.ts';
import {createTrainStep, type TrainingState} from '../../src/learning/training/train-step.ts';
import {drawnBatch, freeBatch} from '../support/engines/batches.ts';
import {deviation, norm, type Deviation} from './deviation.ts';
import {gradientTolerance, strictTolerance} from './kinks.ts';
import {channelsLast, hashFill} from './hash-fill.ts';
import {networkOf, thetaOf, type NetworkCase} from './models.ts';

interface SgdCase extends NetworkCase {
  readonly batch: number;
  readonly steps: number;
  readonly lr: number;
  readonly momentum: number;
  readonly weightDecay: number;
  readonly seed: number;
  readonly trace: readonly {readonly loss: number; readonly thetaNorm: number}[];
}

export async function checkSgd(engine: Engine, reference: SgdCase): Promise<readonly Deviation[]> {
  const model = networkOf(reference);
  const {batch, channels, classes, size, seed, trace} = reference;
  const trainStep = createTrainStep(engine, model, reference);
  const learningRate = engine.upload(Float32Array.of(reference.lr), []);
  const size1 = [model.parameterCount];
  let host = thetaOf(reference);
  let tolerance = strictTolerance;
  let state: TrainingState = {
    theta: engine.upload(host, size1),
    velocity: engine.upload(new Float32Array(model.parameterCount), size1),
    totals: uploadTotals(engine, {loss: 0, correct: 0}),
  };
  const losses: number[] = [];
  const norms: number[] = [];
  for (let s = 0; s < reference.steps; s++) {
    const layout = [batch, channels, size, size] as const;
    const input = hashFill({seed: 1000 * seed + 910 + s, scale: 1}, batch * channels * size * size);
    const labels = Array.from({length: batch}, (_, i) => (5 * i + s) % classes);
    const pixels = channelsLast(input, layout);
    // An undecided ReLU in any step makes all later losses uncertain.
    if (tolerance === strictTolerance)
      tolerance = await gradientTolerance(engine, model, {theta: host, images: pixels, batch});
    const split = {images: pixels, labels: Int32Array.from(labels), count: batch};
    const drawn = drawnBatch(engine, model, split);
    const before = state;
    state = trainStep(before, drawn, learningRate);
    const [total] = await engine.read(state.totals);
    losses.push(total! / batch);
    host = await engine.read(state.theta);
    norms.push(norm(host));
    freeBatch(drawn);
    for (const tensor of Object.values({...before})) tensor.dispose();
    // Each loss is measured by itself.
    state.totals.dispose();
    state = {...state, totals: uploadTotals(engine, {loss: 0, correct: 0})};
  }
  for (const tensor of [...Object.values({...state}), learningRate]) tensor.dispose();
  return [
    deviation(
      'losses',
      losses,
      trace.map(({loss}) => loss),
      {tolerance},
    ),
    deviation(
      'norms of θ',
      norms,
      trace.map(({thetaNorm}) => thetaNorm),
      {tolerance: 1e-5},
    ),
  ];
}
