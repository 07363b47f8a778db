import {chooseCorrect, type AskExpert} from '../../src/learning/coreset/correct.ts';
import type {Buffers} from '../../src/learning/codecs/buffers.ts';
import {classOf} from '../../src/learning/training/mean-logits.ts';
import {outputReader} from '../../src/learning/training/outputs.ts';
import type {Random} from '../../src/learning/random.ts';
import {stageEngine} from '../shared/engine.ts';
import {classifyingNetwork} from '../shared/network.ts';
import {shuffledClass} from '../shared/synthetic-set.ts';
import {pickImages, type FloatDataset} from '../shared/transformed-dataset.ts';
import {reportClass, type Context} from './report-class.ts';

/** Chooses, of each class in random order, images that experts classify correctly after their last epoch. */
export async function chooseCorrectImages(
  context: Context,
  dataset: FloatDataset,
  {
    buffers,
    ipc,
    random,
  }: {readonly buffers: Buffers; readonly ipc: number; readonly random: Random},
): Promise<readonly number[]> {
  const {train, classes} = dataset;
  const read = outputReader(await stageEngine(context), classifyingNetwork(buffers.kind, dataset));
  const askAbout =
    (label: number): AskExpert =>
    async (expert, candidates) => {
      const theta = await buffers.snapshot(expert, buffers.snapshots - 1);
      const logits = await read(theta, pickImages(dataset, train, candidates));
      return Array.from(candidates, (_, i) => {
        const begin = i * classes.length;
        return classOf(logits.subarray(begin, begin + classes.length)) === label;
      });
    };
  const indices: number[] = [];
  let missed = 0;
  for (const label of classes.keys()) {
    await reportClass(context, label, classes.length);
    const order = shuffledClass(train, label, random);
    const wanted = {picks: ipc, experts: buffers.trajectories};
    const choice = await chooseCorrect(order, wanted, askAbout(label));
    indices.push(...choice.chosen);
    missed += choice.missed;
  }
  if (missed > 0) context.warn(warning(missed, indices.length));
  return indices;
}

function warning(missed: number, of: number): string {
  return `The experts classify too few images of some classes correctly: ${missed} of the ${of} chosen images are drawn from those that none of them classifies correctly.`;
}
