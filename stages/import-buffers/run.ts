import {StageError, StopRequested} from '../../src/contract/stage.ts';
import type {StageContext, StageRun} from '../../src/contract/stage.ts';
import {SafetensorsWriter} from '../../src/formats/safetensors/safetensors-writer.ts';
import {expertMetadata} from '../../src/learning/codecs/expert-metadata.ts';
import type {ExpertKind} from '../../src/learning/data/trajectory.ts';
import {parameterCount} from '../../src/learning/data/trajectory.ts';
import {
  OfficialBuffer,
  type ExpectedNetwork,
} from '../../src/learning/interchange/official-buffer.ts';
import {reportingFileFaults} from '../shared/file-faults.ts';
import {fitNetwork} from '../shared/network.ts';
import {readFloatDatasetIdentity} from '../shared/transformed-dataset.ts';
import type {contract} from './contract.ts';

type Context = StageContext<typeof contract>;

export const run: StageRun<typeof contract> = reportingFileFaults(async (context) => {
  const {inputs} = context;
  const {kind, network} = await expectedBy(context);
  const form = await formOf(inputs.files, network);
  const snapshots = snapshotsOf(context, form.snapshots);
  const total = form.trajectories * snapshots;
  let done = 0;
  let firstExpert = 0;
  for (const [index, path] of inputs.files.entries()) {
    await using buffer = await OfficialBuffer.open(path, network);
    const writing = writeBuffer(context, {buffer, kind, snapshots, index, firstExpert});
    for await (const _ of writing) {
      context.progress({done: ++done, total, unit: 'snapshots'});
      if (context.stopping.aborted) throw new StopRequested();
    }
    firstExpert += buffer.trajectories;
  }
  context.log(`${form.trajectories} trajectories of ${snapshots} snapshots`);
});

/** The network and training data, from the pipeline, because the files do not contain them. */
async function expectedBy({
  inputs,
  params,
}: Context): Promise<{readonly kind: ExpertKind; readonly network: ExpectedNetwork}> {
  const dataset = await readFloatDatasetIdentity(inputs.dataset[0]!);
  const {source, transformDigest} = dataset;
  const {params: parameters} = fitNetwork(params.model, dataset);
  const layout = parameters.map(({name, shape}) => ({name, shape}));
  const kind = {
    model: params.model,
    layout,
    image: dataset.shape,
    classes: dataset.classes.length,
    source,
    ...(transformDigest === undefined ? {} : {transformDigest}),
    settings: {origin: 'imported from PyTorch'},
  };
  return {kind, network: {name: `${params.model} on ${dataset.name}`, layout}};
}

/** Checks all files before anything is written. */
async function formOf(
  paths: readonly string[],
  network: ExpectedNetwork,
): Promise<{readonly trajectories: number; readonly snapshots: number}> {
  let trajectories = 0;
  let snapshots: number | undefined;
  for (const path of paths) {
    await using buffer = await OfficialBuffer.open(path, network);
    snapshots ??= buffer.snapshots;
    if (buffer.snapshots !== snapshots) {
      throw new StageError(
        `${path}: its trajectories have ${buffer.snapshots} snapshots, those of the files before it ${snapshots}.`,
      );
    }
    trajectories += buffer.trajectories;
  }
  return {trajectories, snapshots: snapshots!};
}

function snapshotsOf({params}: Context, there: number): number {
  const {keep = there - 1} = params;
  if (keep < there) return keep + 1;
  throw new StageError(`keep must be at most the ${there - 1} epochs of the files, got ${keep}.`);
}

/** Writes the buffer of one file, one snapshot at a time, and yields after each. */
async function* writeBuffer(
  context: Context,
  of: {
    readonly buffer: OfficialBuffer;
    readonly kind: ExpertKind;
    readonly snapshots: number;
    readonly index: number;
    readonly firstExpert: number;
  },
): AsyncGenerator<void> {
  const {buffer, kind, snapshots, firstExpert} = of;
  const numbers = Array.from({length: buffer.trajectories}, (_, i) => i);
  const form = {dtype: context.params.precision, shape: [snapshots, parameterCount(kind.layout)]};
  // Nothing is known of an expert: its number replaces the seed, and its history is empty.
  const history = {trainLoss: [], trainAccuracy: [], testLoss: [], testAccuracy: []};
  await using writer = await SafetensorsWriter.create(
    context.output('buffers', of.index),
    new Map(numbers.map((i) => [`theta.${i}`, form])),
    expertMetadata(
      kind,
      numbers.map((i) => ({seed: firstExpert + i, history})),
    ),
  );
  for (const i of numbers) {
    for (let epoch = 0; epoch < snapshots; epoch++) {
      await writer.append(`theta.${i}`, await buffer.snapshot(i, epoch));
      yield;
    }
  }
  await writer.finish();
}
