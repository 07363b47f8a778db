/** What stages are expected to cost before anything like them ran. `gpu-figures.ts` says where the figures are from. */
import type {JsonObject} from '../src/base/json.ts';
import type {CostModel, CostModels, Facts} from '../src/contract/cost.ts';
import {catalog} from '../src/learning/data/catalog.ts';
import {imagenetCounts, imagenetShape} from '../src/learning/data/catalog/imagenet.ts';
import {gpuFigures, gpuFiguresSource, gpuSeconds} from './gpu-figures.ts';
import {networkCost} from './network-cost.ts';

/** What a file of a few numbers takes. */
const smallBytes = 4000;
const none = {gpuSeconds: 0, multiplyAdds: 0};

const download: CostModel = (params) => {
  const facts = factsOf(params);
  if (facts === undefined) return undefined;
  const images = facts['images']! + facts['testImages']!;
  return {...none, bytes: images * imageSize(facts), facts};
};

/** Standardised images stay bytes; whitened ones are floats, and so is the transform, there and back. */
const zca: CostModel = (params, {dataset}) => {
  const [facts] = dataset!;
  if (facts?.['images'] === undefined) return undefined;
  const isWhitened = params['method'] === 'zca';
  const images = (facts['images'] + facts['testImages']!) * imageSize(facts);
  const transform = isWhitened ? 2 * 4 * imageSize(facts) ** 2 : smallBytes;
  const multiplyAdds = isWhitened ? 2 * images * imageSize(facts) : 0;
  const bytes = (isWhitened ? 4 : 1) * images + transform;
  return {gpuSeconds: 0, multiplyAdds, bytes, facts: {...facts, transform}};
};

const trainExpert: CostModel = (params, {dataset}) => {
  const [facts] = dataset!;
  const network = facts && networkCost(text(params, 'model'), facts);
  if (network === undefined) return undefined;
  const epochs = number(params, 'epochs');
  const images = Math.min(number(params, 'images', Infinity), facts!['images']!);
  const tested = Math.min(number(params, 'testImages', Infinity), facts!['testImages']!);
  const calls = Math.ceil(images / number(params, 'batch'));
  const snapshots = Math.min(number(params, 'keep', epochs), epochs) + 1;
  const bytes = snapshots * network.parameters * (params['precision'] === 'F32' ? 4 : 2);
  const training = {calls: epochs * calls, images: images / calls};
  return {
    gpuSeconds:
      gpuSeconds(gpuFigures.expertUpdate, training, network) +
      gpuSeconds(gpuFigures.forward, {calls: epochs, images: tested}, network),
    multiplyAdds: epochs * (3 * images + tested) * network.multiplyAdds,
    bytes,
    facts: {...facts, ...network, bytes},
  };
};

const shardBuffers: CostModel = (_, {experts}) => {
  const bytes = experts!.reduce((sum, facts) => sum + (facts['bytes'] ?? NaN), 0);
  const {parameters, multiplyAdds, layers} = experts![0] ?? {};
  if (Number.isNaN(bytes)) return undefined;
  return {...none, bytes, facts: {parameters, multiplyAdds, layers}};
};

const distill: CostModel = (params, {dataset, buffers}) => {
  const facts: Facts = {...dataset![0], ...buffers![0]};
  const {multiplyAdds, layers, classes} = facts;
  if (multiplyAdds === undefined || layers === undefined || classes === undefined) return undefined;
  const set = setOf(facts, number(params, 'ipc'), number(params, 'canvasSize') ** 2);
  const seen = set['count']! * number(params, 'canvasSamples');
  const batch = Math.min(number(params, 'batch', Infinity), seen);
  const iterations = number(params, 'iterations');
  const calls = iterations * number(params, 'steps');
  const step = gpuSeconds(gpuFigures.studentStep, {calls, images: batch}, {layers, multiplyAdds});
  // A step and its way back are a little more than twice an update.
  const work = 7 * calls * batch * multiplyAdds;
  const snapshots = snapshotCount(params['snapshots'], iterations);
  const bytes = snapshots * set['setBytes']! + finalBytes(set) + 50 * iterations;
  return {gpuSeconds: step, multiplyAdds: work, bytes, facts: set};
};

/** The same bytes as one of those it takes in, which are stored once. */
const snapshot: CostModel = (_, {snapshots}) => ({...none, bytes: 0, facts: snapshots![0] ?? {}});

const evaluate: CostModel = (params, {dataset, synthetic}) => {
  const [facts, set] = [dataset![0], synthetic![0]];
  const network = facts && networkCost(text(params, 'model'), facts);
  const count = set?.['count'];
  if (network === undefined || count === undefined) return undefined;
  const trials = number(params, 'trials');
  const epochs = number(params, 'epochs') + 1;
  const tested = Math.min(number(params, 'testImages', Infinity), facts!['testImages']!);
  const calls = Math.ceil(count / number(params, 'batch'));
  const training = {calls: trials * epochs * calls, images: count / calls};
  return {
    gpuSeconds:
      gpuSeconds(gpuFigures.trialUpdate, training, network) +
      gpuSeconds(gpuFigures.forward, {calls: trials, images: tested}, network),
    multiplyAdds: trials * (3 * epochs * count + tested) * network.multiplyAdds,
    bytes: smallBytes,
    facts: {},
  };
};

const select: CostModel = (_, {snapshots}) => {
  const set = snapshots![0] ?? {};
  if (set['setBytes'] === undefined) return undefined;
  return {...none, bytes: finalBytes(set) + smallBytes, facts: set};
};

/** Herding and k-center look at every training image through a network. */
const coreset: CostModel = (params, {dataset, buffers, like}) => {
  const facts: Facts = {...dataset![0], ...buffers?.[0]};
  const {classes, images, layers, multiplyAdds} = facts;
  if (classes === undefined || images === undefined) return undefined;
  const ipc = params['ipc'] ?? (like![0]?.['count'] ?? classes) / classes;
  const set = setOf(facts, Number(ipc));
  const bytes = finalBytes(set);
  if (params['method'] === 'random' || multiplyAdds === undefined || layers === undefined) {
    return {...none, bytes, facts: set};
  }
  const look = gpuSeconds(gpuFigures.forward, {calls: 1, images}, {layers, multiplyAdds});
  return {gpuSeconds: look, multiplyAdds: images * multiplyAdds, bytes, facts: set};
};

const table: CostModel = () => ({...none, bytes: 5 * smallBytes, facts: {}});

export const costs: CostModels = {
  of: new Map(
    Object.entries({
      download,
      zca,
      'train-expert': trainExpert,
      'shard-buffers': shardBuffers,
      distill,
      snapshot,
      evaluate,
      select,
      coreset,
      table,
    }),
  ),
  source: gpuFiguresSource,
};

/** What is known of a data set by its name; `undefined` of pictures of the user's. */
function factsOf(params: JsonObject): Facts | undefined {
  const name = text(params, 'dataset');
  const side = number(params, 'resolution', NaN);
  if (name === 'imagenet') {
    const classes = Array.isArray(params['classes']) ? params['classes'].length : 10;
    const {train, test} = imagenetCounts;
    return {
      images: train.most * classes,
      testImages: test.most * classes,
      side: Number.isNaN(side) ? imagenetShape.width : side,
      channels: imagenetShape.channels,
      classes,
    };
  }
  const entry = catalog.get(name);
  if (entry === undefined) return undefined;
  const {shape, counts, classes} = entry;
  return {
    images: counts.train - number(params, 'heldOut', 0),
    testImages: counts.test + number(params, 'heldOut', 0),
    side: Number.isNaN(side) ? shape.width : side,
    channels: shape.channels,
    classes: typeof classes === 'number' ? classes : classes.length,
  };
}

function setOf(facts: Facts, ipc: number, canvas = 1): Facts {
  const count = ipc * facts['classes']!;
  const {transform} = facts;
  return {...facts, count, setBytes: 4 * count * canvas * imageSize(facts), transform};
}

/** A set with an undone copy, its transform and pictures. */
function finalBytes({setBytes, transform = 0}: Facts): number {
  return 2 * setBytes! + transform + setBytes! / 4;
}

function imageSize({side, channels}: Facts): number {
  return side! ** 2 * channels!;
}

function snapshotCount(snapshots: JsonObject[string] | undefined, iterations: number): number {
  if (Array.isArray(snapshots)) return snapshots.length + 1;
  const {every} = (snapshots ?? {}) as {readonly every?: number};
  return every === undefined ? 1 : 1 + Math.ceil(iterations / every);
}

/** @param otherwise what a parameter that was left out stands for */
function number(params: JsonObject, name: string, otherwise = 1): number {
  const value = params[name];
  return typeof value === 'number' ? value : otherwise;
}

function text(params: JsonObject, name: string): string {
  const value = params[name];
  return typeof value === 'string' ? value : '';
}
