/**
 * Our half of `expert-epoch.ts` and `evaluate.ts`: runs the code of the stages, without augmentation. A process for one
 * workload, like `student-step-ours.ts`. Arguments: the kind of workload, and options.
 */
import {parseArgs} from 'node:util';
import {parseTrainingStrategy} from '../src/learning/augmentation/dc.ts';
import type {FloatSplit} from '../src/learning/data/float-split.ts';
import {Classifier} from '../src/learning/training/classifier.ts';
import {createModel} from '../src/learning/models/catalog.ts';
import {Random} from '../src/learning/random.ts';
import {Trainer} from '../src/learning/training/trainer.ts';
import {classes} from './configurations.ts';
import {answerRounds} from './contender-answers.ts';
import {engineOptions, startChosen} from './engine-choice.ts';
import {hashFill} from './hash-fill.ts';
import {workloadOf} from './training-workloads.ts';
import {filledTheta} from './workload.ts';

const {positionals, values} = parseArgs({
  allowPositionals: true,
  options: {...engineOptions, steps: {type: 'string'}},
});
const {kind, batch, steps} = workloadOf(positionals[0]!, values.steps);
const engine = await startChosen(values);
const input = {height: 32, width: 32, channels: 3};
const model = createModel('ConvNetD3', {input, classes});
const split = splitOf(kind === 'few' ? batch : batch * steps);
const trainer = new Trainer(engine, model, {
  batch,
  momentum: 0.9,
  weightDecay: 5e-4,
  strategy: parseTrainingStrategy('none'),
  theta: filledTheta(model),
});
const classifier = new Classifier(engine, model);
const {loss} = await classifier.test(trainer, firstOf(10));
await round();
await answerRounds(engine, {results: {'first loss': loss}, steps}, round);

async function round(): Promise<void> {
  if (kind === 'test') {
    await classifier.test(trainer, split);
    return;
  }
  const epochs = (batch * steps) / split.count;
  for (let epoch = 0; epoch < epochs; epoch++) {
    const options = {random: new Random(epoch), learningRate: 0.01};
    await (
      await trainer.epoch(split, options)
    ).result;
  }
}

function splitOf(count: number): FloatSplit {
  return {
    count,
    images: hashFill(1000, 1, count * 32 * 32 * 3),
    labels: Int32Array.from({length: count}, (_, i) => i % classes),
  };
}

function firstOf(count: number): FloatSplit {
  return {
    count,
    images: (split.images as Float32Array).subarray(0, count * 32 * 32 * 3),
    labels: split.labels.subarray(0, count),
  };
}
