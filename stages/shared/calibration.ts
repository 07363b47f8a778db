import type {EngineRequest} from '../../src/base/engines.ts';
import type {Calibrate} from '../../src/contract/cost.ts';
import {createModel} from '../../src/learning/models/catalog.ts';
import {networkSize} from '../../src/learning/models/network-size.ts';
import {ProductPool} from '../../src/learning/products/product-pool.ts';
import type {Product} from '../../src/learning/products/product.ts';
import {Random} from '../../src/learning/random.ts';
import {parseStrategy} from '../../src/learning/augmentation/strategy.ts';
import type {DrawnBatch} from '../../src/learning/batches/drawn-batches.ts';
import {EngineImages} from '../../src/learning/batches/engine-images.ts';
import {Picking} from '../../src/learning/batches/picking.ts';
import {noCanvas} from '../../src/learning/data/canvas.ts';
import {imageSize} from '../../src/learning/data/dataset.ts';
import {initialTheta, type Model} from '../../src/learning/models/model.ts';
import {uploadTotals} from '../../src/learning/training/totals.ts';
import type {Engine} from '../../src/tensor/engine.ts';
import {createTrainStep, type TrainingState} from '../../src/learning/training/train-step.ts';
import {startEngine} from '../../src/tensor/engines/start-engine.ts';
import {networkWork} from './cpu-figures.ts';

/** The training that is timed: 3 ms a batch on the machine of `usualSpeeds`. */
const network = 'ConvNetD3W32';
const shape = {input: {height: 28, width: 28, channels: 1}, classes: 10};
const batch = 10;

/** Rows of the square matrices whose product is timed: 3 ms. */
const productSize = 256;

/** Times of single rounds: the shortest of a sixth of a second counts, since other programs may interrupt the others. */
const measuredMs = 160;

/** Trains a small network on the engine asked for, and multiplies matrices, for half a second in all. */
export const calibrate: Calibrate = async (request) => ({
  network: await networkSpeed(request),
  product: await productSpeed(),
});

async function networkSpeed(request: EngineRequest): Promise<number> {
  const {engine} = await startEngine(request);
  const model = createModel(network, shape);
  const step = createTrainStep(engine, model, {momentum: 0.9, weightDecay: 5e-4});
  const given = batchOf(engine, model);
  const rate = engine.upload(Float32Array.of(0.01), []);
  const start = initialTheta(model, new Random(0, 'calibration'));
  let state: TrainingState = {
    theta: engine.upload(start, [start.length]),
    velocity: engine.upload(new Float32Array(start.length), [start.length]),
    totals: uploadTotals(engine, {loss: 0, correct: 0}),
  };
  const seconds = await shortest(async () => {
    const {theta, velocity, totals} = state;
    state = step(state, given, rate);
    await engine.read(state.totals);
    for (const tensor of [theta, velocity, totals]) tensor.dispose();
  });
  const work = networkWork(networkSize(network, shape)!, {trained: batch, calls: 0});
  // Without augmentation it takes a tenth less.
  return (0.9 * work) / seconds;
}

/** Ten images, without augmentation. */
function batchOf(engine: Engine, model: Model): DrawnBatch {
  const size = imageSize(model.input);
  const images = Float32Array.from({length: batch * size}, (_, i) => Math.sin(i));
  const labels = Int32Array.from({length: batch}, (_, i) => i % model.classes);
  const indices = Int32Array.from({length: batch}, (_, i) => i);
  const taken = new EngineImages(engine, model.input).take({images, labels, count: batch}, indices);
  const strategy = parseStrategy('none');
  const picking = new Picking({model, batch, canvas: noCanvas, strategy});
  const random = new Random(0, 'calibration');
  return picking.upload(engine, taken, {window: random, augment: random});
}

async function productSpeed(): Promise<number> {
  const numbers = productSize ** 2;
  const values = Float64Array.from({length: numbers}, (_, i) => Math.sin(i));
  const side = {values, rowStride: productSize, depthStride: 1};
  const product: Product = {
    left: side,
    right: side,
    rows: productSize,
    columns: productSize,
    depth: productSize,
    precision: 'double',
    result: new Float64Array(numbers),
  };
  await using pool = new ProductPool(1);
  return (productSize * productSize * productSize) / (await shortest(() => pool.compute(product)));
}

/** In seconds. */
async function shortest(round: () => Promise<void>): Promise<number> {
  await round();
  let best = Number.POSITIVE_INFINITY;
  const start = performance.now();
  for (let last = start, now = start; now - start < measuredMs; last = now) {
    await round();
    now = performance.now();
    best = Math.min(best, now - last);
  }
  return best / 1000;
}
