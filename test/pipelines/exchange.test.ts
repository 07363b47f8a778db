import assert from 'node:assert/strict';
import {readFile, readdir} from 'node:fs/promises';
import path from 'node:path';
import {after, before, test} from 'node:test';
import {readScores} from '../../src/learning/codecs/scores.ts';
import {readSynthetic} from '../../src/learning/codecs/synthetic.ts';
import type {SyntheticSet} from '../../src/learning/data/synthetic.ts';
import {readEvent, readRecords} from '../support/texts/event-file.ts';
import {Rig, type Finished} from '../support/program/rig.ts';

const distilled = (buffers: string): string => `
    uses: distill
    inputs: {dataset: images.dataset, buffers: ${buffers}}
    with: {ipc: 1, iterations: 4, steps: 3, expertEpochs: 1, maxStartEpoch: 2, stepSizeRate: 0}
`;

const scores = (set: string): string => `
    uses: evaluate
    inputs: {dataset: images.dataset, synthetic: ${set}}
    with: {model: ConvNetD1W8, trials: 2, epochs: 2}
`;

const own = `
stages:
  images: {uses: tiny-images}
  expert:
    uses: train-expert
    matrix: {seed: {count: 2}}
    inputs: {dataset: images.dataset}
    with: {model: ConvNetD1W8, epochs: 2, batch: 20, seed: '\${matrix.seed}'}
  buffers:
    uses: shard-buffers
    inputs: {experts: 'expert.trajectory[*]'}
    with: {shardSize: 1}
  distilled: ${distilled('buffers.buffers')}
  scores: ${scores('distilled.synthetic')}
`;

const imported = `
stages:
  images: {uses: tiny-images}
  experts:
    uses: import-buffers
    inputs:
      dataset: images.dataset
      files: [./experts/replay_buffer_0.pt, ./experts/replay_buffer_1.pt]
    with: {model: ConvNetD1W8}
  again: ${distilled('experts.buffers')}
  set:
    uses: import-synthetic
    inputs: {dataset: images.dataset, images: ./set.pt}
  scores: ${scores('set.synthetic')}
`;

let rig: Rig;

async function pipeline(...args: readonly string[]): Promise<Finished> {
  return await rig.pipeline(...args);
}

async function succeeds(...args: readonly string[]): Promise<string> {
  const {code, stdout, stderr} = await pipeline(...args);
  assert.equal(code, 0, stdout + stderr);
  return stdout;
}

async function fileOf(what: string): Promise<string> {
  const shown = JSON.parse(await succeeds('show', what, '--json')) as {readonly file: string};
  return shown.file;
}

async function setOf(what: string): Promise<Partial<SyntheticSet>> {
  const {provenance: _, ...set} = await readSynthetic(await fileOf(what));
  return set;
}

before(async () => {
  rig = await Rig.withLearning();
  await rig.write('own.yaml', own);
  await rig.write('imported.yaml', imported);
  await succeeds('run', 'own.yaml');
});

after(() => rig[Symbol.asyncDispose]());

test('experts and sets that were exported and imported again give the same sets and scores', async () => {
  assert.equal(
    await succeeds('export', 'pt', 'buffers', '-o', 'experts'),
    'experts/replay_buffer_0.pt\nexperts/replay_buffer_1.pt\n',
  );
  assert.equal(
    await succeeds('export', 'pt', 'buffers.buffers', '-o', 'output'),
    'output/replay_buffer_0.pt\noutput/replay_buffer_1.pt\n',
  );
  const told = await succeeds('export', 'pt', 'distilled.synthetic', '-o', 'set.pt', '--json');
  assert.deepEqual(JSON.parse(told), {files: ['set.pt']});
  await succeeds('export', 'pt', 'distilled.synthetic', '-o', 'official');
  assert.deepEqual((await readdir(path.join(rig.folder, 'official'))).sort(), [
    'images_best.pt',
    'labels_best.pt',
    'lr_best.pt',
  ]);
  const first = await setOf('distilled.synthetic');
  const firstScores = await readScores(await fileOf('scores.scores'));
  await succeeds('run', 'imported.yaml');
  assert.deepEqual(await setOf('again.synthetic'), first);
  const {stepSize, images, labels, source} = await setOf('set.synthetic');
  assert.deepEqual(
    {stepSize, images, labels, source},
    {stepSize: first.stepSize, images: first.images, labels: first.labels, source: first.source},
  );
  const accuracies = (of: typeof firstScores): readonly number[] =>
    of.scores.map(({accuracy}) => accuracy);
  assert.deepEqual(
    accuracies(await readScores(await fileOf('scores.scores'))),
    accuracies(firstScores),
  );
  // The imported files are keyed by their bytes, so nothing runs again.
  await succeeds('run', 'imported.yaml');
  assert.deepEqual(await rig.started(), []);
});

test('a run is exported to TensorBoard, instance by instance', async () => {
  const [run] = await rig.runs();
  const said = await succeeds('export', 'tensorboard', run!);
  assert.match(
    said,
    /^Wrote 4 of TensorBoard's runs\. To look at them: tensorboard --logdir tensorboard\/\S+\n$/,
  );
  const folder = path.join(rig.folder, 'tensorboard', run!);
  assert.deepEqual((await readdir(folder)).sort(), [
    'distilled',
    'expert[seed=0]',
    'expert[seed=1]',
    'scores',
  ]);
  const file = path.join(folder, 'distilled/events.out.tfevents.distillery');
  const events = readRecords(await readFile(file)).map(readEvent) as readonly {
    readonly step?: number;
    readonly values?: readonly {readonly tag: string}[];
  }[];
  const losses = events.filter(({values}) => values?.some(({tag}) => tag === 'Grand_Loss'));
  assert.deepEqual(
    losses.map(({step}) => step),
    [0, 1, 2, 3],
  );
  const told = await succeeds('export', 'tensorboard', run!, '-o', 'a board', '--json');
  assert.deepEqual(JSON.parse(told), {
    run,
    folder: 'a board',
    files: ['expert[seed=0]', 'expert[seed=1]', 'distilled', 'scores/distilled'].map(
      (name) => `a board/${name}/events.out.tfevents.distillery`,
    ),
    command: "tensorboard --logdir 'a board'",
  });
});

test('an impossible export is refused with its reason, and nothing is written', async () => {
  const refused = async (message: RegExp, ...args: readonly string[]): Promise<void> => {
    const {code, stdout, stderr} = await pipeline('export', ...args);
    assert.equal(code, 2, stdout + stderr);
    assert.match(stderr, message);
  };
  await refused(/`buffers` is 2 artifacts: name a folder for them/, 'pt', 'buffers', '-o', 'no.pt');
  await refused(/is 2 artifacts: name one, from/, 'pt', 'buffers.buffers[2]', '-o', 'no');
  await refused(/`scores` has no output of tensors\./, 'pt', 'scores', '-o', 'no.pt');
  await refused(
    /`scores\.scores` is arrow, not a file of tensors/,
    'pt',
    'scores.scores',
    '-o',
    'no.pt',
  );
  await refused(/`latest` is a run: name an instance of it/, 'pt', 'latest', '-o', 'no.pt');
  await refused(/nothing called `nothing`|called `nothing`/, 'pt', 'nothing', '-o', 'no.pt');
  await refused(/No run is called `nothing`/, 'tensorboard', 'nothing');
  await refused(
    /own\.yaml\/no\.pt cannot be written: /,
    'pt',
    'distilled.synthetic',
    '-o',
    'own.yaml/no.pt',
  );
  const {code, stderr} = await pipeline('export', 'pt', 'own.yaml', '-o', 'no.pt');
  assert.deepEqual([code, /own\.yaml: not a safetensors file/.test(stderr)], [1, true], stderr);
  assert.ok(!(await readdir(rig.folder)).includes('no.pt'));
  const codes = async (...args: readonly string[]): Promise<readonly unknown[]> => {
    const told = await pipeline('export', ...args, '--json');
    assert.equal(told.stderr, '');
    const {diagnostics} = JSON.parse(told.stdout) as {diagnostics: readonly {code: string}[]};
    return [told.code, ...diagnostics.map((one) => one.code)];
  };
  assert.deepEqual(await codes('pt', 'nothing', '-o', 'no'), [2, 'unknown-result']);
  assert.deepEqual(await codes('pt', 'own.yaml', '-o', 'no'), [1, 'bad-data']);
  assert.deepEqual(await codes('pt', 'distilled.synthetic', '-o', 'own.yaml/a'), [
    2,
    'unwritable-file',
  ]);
  assert.deepEqual(await codes('tensorboard', 'nothing'), [2, 'unknown-run']);
});
