/**
 * Our half of `iteration.ts`: whole iterations of a distillation by matching trajectories, as the stage `distill` runs
 * them, with DSA and the update of the images. A process for one configuration and N. Arguments: the configuration, and
 * options.
 */
import {parseArgs} from 'node:util';
import {initialDistillation} from '../src/learning/distillation/distillation-state.ts';
import {distill} from '../src/learning/distillation/distillation.ts';
import {createModel} from '../src/learning/models/catalog.ts';
import {classes, configurationOf, depth, stepSize} from './configurations.ts';
import {answerRounds} from './contender-answers.ts';
import {engineOptions, startChosen} from './engine-choice.ts';
import {hashFill} from './hash-fill.ts';
import {followingOneExpert} from './one-trajectory.ts';

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
const seed = 1;
const objective = followingOneExpert(engine, model, {steps, batch, seed});
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
