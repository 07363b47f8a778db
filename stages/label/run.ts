import {setImmediate as nextTurn} from 'node:timers/promises';
import {
  StageError,
  StopRequested,
  type StageContext,
  type StageRun,
} from '../../src/contract/stage.ts';
import {openBuffers, type Buffers} from '../../src/learning/codecs/buffers.ts';
import {readSynthetic, writeSynthetic} from '../../src/learning/codecs/synthetic.ts';
import {transformDigestOf} from '../../src/learning/codecs/transform.ts';
import type {SyntheticSet} from '../../src/learning/data/synthetic.ts';
import {MeanLogits} from '../../src/learning/training/mean-logits.ts';
import {outputReader} from '../../src/learning/training/outputs.ts';
import {chosenExperts, expertsText, type ChosenExperts} from '../shared/chosen-experts.ts';
import {stageEngine} from '../shared/engine.ts';
import {reportingFileFaults} from '../shared/file-faults.ts';
import {classifyingNetwork} from '../shared/network.ts';
import type {contract} from './contract.ts';

type Context = StageContext<typeof contract>;

export const run: StageRun<typeof contract> = reportingFileFaults(async (context) => {
  const {inputs, params} = context;
  const set = await readSynthetic(inputs.synthetic[0]!);
  await using buffers = await openBuffers(inputs.buffers);
  assertMatching(set, buffers);
  const chosen = chosenExperts(params, buffers);
  const values = await meanLogits(context, set, {buffers, ...chosen});
  const whose = expertsText(chosen, buffers.kind.model);
  await writeSynthetic(context.output('synthetic'), {
    ...set,
    targets: {kind: 'logits', values},
    provenance: {
      ...set.provenance,
      labels: `logits of ${whose}`,
      'label parameters': JSON.stringify(params),
    },
  });
  context.log(`${set.count} images, labelled by ${whose}`);
});

/** Throws a `StageError` unless the experts were trained on the images that the set was made from, and of its size. */
function assertMatching(set: SyntheticSet, {kind}: Buffers): void {
  if (set.source !== kind.source || transformDigestOf(set) !== kind.transformDigest) {
    throw new StageError(
      `The experts in buffers were trained on other images than those that the synthetic set was made from (${set.name}): both must come from the same zca stage.`,
    );
  }
  if ((set.canvas?.size ?? 1) > 1) {
    throw new StageError(
      'The images of the synthetic set are canvases, larger than what experts see: they cannot classify them.',
    );
  }
}

async function meanLogits(
  context: Context,
  set: SyntheticSet,
  {buffers, epoch, experts}: ChosenExperts & {readonly buffers: Buffers},
): Promise<Float32Array> {
  const {average, temperature} = context.params;
  const model = classifyingNetwork(buffers.kind, set);
  const read = outputReader(await stageEngine(context), model);
  const sum = new MeanLogits(set.labels, model.classes);
  const {targets: _, ...images} = set;
  for (let expert = 0; expert < experts; expert++) {
    context.progress({done: expert, total: experts, unit: 'experts'});
    await nextTurn(); // Without this, no message would be received.
    if (context.stopping.aborted) throw new StopRequested();
    const logits = await read(await buffers.snapshot(expert, epoch), images);
    assertFinite(logits, expert);
    sum.add(logits);
  }
  if (average === 'correct' && sum.missed > 0) {
    context.warn(
      `No expert classifies ${sum.missed} of the ${set.count} images correctly: their labels are the mean over all experts.`,
    );
  }
  return sum.mean(average, temperature);
}

function assertFinite(logits: Float32Array, expert: number): void {
  if (logits.every(Number.isFinite)) return;
  throw new StageError(
    `The logits of expert ${expert} in buffers, counted from 0, are not finite, because its parameters are too large: they are no labels.`,
  );
}
