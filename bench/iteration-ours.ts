/**
 * Our half of `iteration.ts`: whole iterations of a distillation by matching trajectories, as the stage `distill` runs
 * them, with DSA and the update of the images. A process for one configuration and N. Arguments: the configuration, and
 * options.
 */
import {parseArgs} from 'node:util';
import {parseStrategy} from '../src/learning/augmentation/strategy.ts';
import {noCanvas} from '../src/learning/data/canvas.ts';
import {initialDistillation} from '../src/learning/distillation/distillation-state.ts';
import {distill} from '../src/learning/distillation/distillation.ts';
import {trajectoryObjective} from '../src/learning/distillation/trajectories/trajectory-objective.ts';
import {createModel} from '../src/learning/models/catalog.ts';
import {classes, configurationOf, depth, stepSize} from './configurations.ts';
import {answerRounds} from './contender-answers.ts';
import {engineOptions, startChosen} from './engine-choice.ts';
import {hashFill} from './hash-fill.ts';
import {filledTheta} from './workload.ts';

const {positionals, values} = parseArgs({
  allowPositionals: true,
  options: {
    ...engineOptions,
    steps: {type: 'string', default: '50'},
    iterations: {type: 'string', default: '1'},
  },
});
const {width, channels, size, batch} = configurationOf(positionals[0]!);
const steps = Number(values.steps);
const engine = await startChosen(values);
const input = {height: size, width: size, channels};
const model = createModel(`ConvNetD${depth}W${width}`, {input, classes});
const start = filledTheta(model);
const moved = hashFill(2000, 1e-3, start.length);
const target = start.map((value, i) => value + moved[i]!);
const seed = 1;
const objective = trajectoryObjective(engine, {
  model,
  labels: Int32Array.from({length: batch}, (_, i) => i % classes),
  steps,
  batch,
  remainder: 'drop',
  canvas: noCanvas,
  strategy: parseStrategy('color_crop_cutout_flip_scale_rotate'),
  trajectories: {
    shards: [1],
    snapshot: (_, epoch) => Promise.resolve(epoch === 0 ? start : target),
  },
  expertEpochs: 1,
  maxStartEpoch: 1,
  sampling: {kind: 'with-replacement'},
  gradient: 'exact',
  seed,
});
const images = hashFill(1000, 1, batch * size * size * channels);
const iterations = distill(
  engine,
  {
    objective,
    shape: [batch, size, size, channels],
    iterations: Infinity,
    pixelRate: 1e-3,
    stepSizeRate: 1e-7,
    stepSizeForm: 'raw',
    momentum: 0.5,
    seed,
  },
  initialDistillation(images, stepSize, 'raw'),
);
// Each operation of DSA is compiled when it is first drawn, so the first iterations do not count.
for (let i = 0; i < 2; i++) await iterations.next();
const count = Number(values.iterations);
await answerRounds(engine, {results: {}, steps: count * steps}, async () => {
  for (let i = 0; i < count; i++) await iterations.next();
});
