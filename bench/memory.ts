/**
 * `npm run bench:memory -- [--memory 2G | --usual] [--steps 80] [--images 1000] [--threads N]`: the peak memory of one
 * iteration of DATM's largest setting for CIFAR-100 at ten images a class: ConvNetD3, N = 80, |b| = 1000, random images.
 * The official program wants about 240 GB for it. `--usual` divides batches as without the parameter `memory`. Fewer
 * steps take less time, and a set of parameters less memory for each step.
 */
import os from 'node:os';
import {parseArgs} from 'node:util';
import {parseMemory, showMemory} from '../src/base/parse-memory.ts';
import {partSizes} from '../src/learning/batches/parts.ts';
import {initialDistillation} from '../src/learning/distillation/distillation-state.ts';
import {distill} from '../src/learning/distillation/distillation.ts';
import {partImagesWithin} from '../src/learning/distillation/trajectories/student-memory.ts';
import {createModel} from '../src/learning/models/catalog.ts';
import {describeMachine} from './compare.ts';
import {startChosen} from './engine-choice.ts';
import {hashFill} from './hash-fill.ts';
import {followingOneExpert} from './one-trajectory.ts';

const {values} = parseArgs({
  options: {
    memory: {type: 'string', default: '2G'},
    usual: {type: 'boolean', default: false},
    steps: {type: 'string', default: '80'},
    images: {type: 'string', default: '1000'},
    threads: {type: 'string', default: String(os.availableParallelism())},
  },
});
const [steps, count, threads] = [values.steps, values.images, values.threads].map(Number) as [
  number,
  number,
  number,
];
const input = {height: 32, width: 32, channels: 3};
const model = createModel('ConvNetD3', {input, classes: 100});
const shape = [count, 32, 32, 3];
const bytes = parseMemory(values.memory);
if (bytes === undefined)
  throw new RangeError(`--memory is an amount such as 2G, not ${values.memory}`);
const partImages = values.usual
  ? undefined
  : partImagesWithin(bytes, {model, steps, images: shape, seen: count});
const parts = partSizes(count, model, {partImages});

describeMachine();
const limit = values.usual ? 'no limit' : `memory: ${values.memory}`;
console.log(
  `${model.name}, N = ${steps}, |b| = ${count}, ${limit}: ${parts.length} parts of ${Math.max(...parts)} images at most`,
);
const engine = await startChosen({engine: 'wasm', software: false}, threads);
const objective = followingOneExpert(engine, model, {steps, batch: count, partImages, seed: 1});
const setup = {
  objective,
  shape,
  iterations: 1,
  pixelRate: 1000,
  stepSizeRate: 1e-5,
  stepSizeForm: 'raw',
  momentum: 0.5,
  seed: 1,
} as const;
const images = hashFill(
  1000,
  1,
  shape.reduce((product, extent) => product * extent),
);
const began = performance.now();
for await (const {numbers} of distill(engine, setup, initialDistillation(images, 0.01, 'raw'))) {
  console.log(`loss ${numbers['loss']}`);
}
const seconds = (performance.now() - began) / 1000;
const peak = process.resourceUsage().maxRSS * 1024;
console.log(`peak memory of the process: ${(peak / 1e9).toFixed(2)} GB (${showMemory(peak)}iB)`);
console.log(`peak memory of the engine: ${(engine.memory().peakBytes / 1e9).toFixed(2)} GB`);
console.log(`one iteration: ${seconds.toFixed(0)} s on ${threads} threads`);
process.exit();
