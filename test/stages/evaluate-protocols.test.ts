import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {test} from 'node:test';
import {writeDataset} from '../../src/learning/codecs/dataset-arrow.ts';
import {readScores} from '../../src/learning/codecs/scores.ts';
import {writeSynthetic} from '../../src/learning/codecs/synthetic.ts';
import type {SyntheticSet} from '../../src/learning/data/synthetic.ts';
import type {Score} from '../../src/learning/scores/scores.ts';
import type {Facts} from '../../src/contract/facts.ts';
import {contract} from '../../stages/evaluate/contract.ts';
import {run} from '../../stages/evaluate/run.ts';
import {allImagesOf} from '../../stages/evaluate/trained-on.ts';
import {pickImages} from '../../stages/shared/transformed-dataset.ts';
import {fails, filled, resumes} from '../support/registries/learning-files.ts';
import {StageRig} from '../support/registries/stage-context.ts';
import {tinyDataset} from '../support/data/tiny-dataset.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

type Context = Parameters<typeof run>[0];

const tiny = tinyDataset();
const few = pickImages(tiny, tiny.train, [0, 1, 2, 3]);

/** Files of the tiny problem: its images, some of them held out, and four images as a set. */
class Files implements AsyncDisposable {
  readonly #folder: TemporaryFolder;

  private constructor(folder: TemporaryFolder) {
    this.#folder = folder;
  }

  static async create(set: Partial<SyntheticSet> = {}): Promise<Files> {
    const files = new Files(await TemporaryFolder.create());
    await writeDataset(files.dataset, tiny);
    await writeDataset(files.divided, {...tiny, heldOut: tiny.test});
    const {images: pixels} = few;
    const made = {...tiny, ...few, pixels, stepSize: 0.02, provenance: {}, ...set};
    await writeSynthetic(files.synthetic, made);
    return files;
  }

  get dataset(): string {
    return this.#folder.file('dataset');
  }

  /** With held-out images. */
  get divided(): string {
    return this.#folder.file('divided');
  }

  get synthetic(): string {
    return this.#folder.file('synthetic');
  }

  context(rig: StageRig, params: object, inputs: Partial<Context['inputs']> = {}): Context {
    const small = {model: 'ConvNetD1W8', trials: 1, epochs: 3};
    return rig.context({
      params: filled(contract, {...small, ...params}),
      inputs: {dataset: [this.dataset], synthetic: [this.synthetic], buffers: [], ...inputs},
    });
  }

  async scores(params: object, inputs: Partial<Context['inputs']> = {}): Promise<readonly Score[]> {
    await using rig = await StageRig.create();
    await run(this.context(rig, params, inputs));
    return (await readScores(rig.output('scores'))).scores;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#folder[Symbol.asyncDispose]();
  }
}

test('the protocol mtt gives the numbers of no protocol, and scores say what they were made by', async () => {
  await using files = await Files.create();
  const [plain] = await files.scores({});
  assert.equal(plain!.protocol, undefined);
  const [named] = await files.scores({protocol: 'mtt'});
  assert.deepEqual(named, {
    ...plain,
    protocol: 'mtt, epochs 3',
    labels: 'hard',
    augmentation: 'color_crop_cutout_flip_scale_rotate',
    rate: 'learned',
    learningRate: 0.02,
    trainedOn: 'set',
    // Four images of floats, and four labels.
    bytes: few.images.byteLength + 4 * 4,
  });
});

test('a set of random real images is known as the control', async () => {
  await using files = await Files.create({provenance: {method: 'random'}});
  const [score] = await files.scores({protocol: 'dc'});
  assert.deepEqual(
    [score!.trainedOn, score!.rate, score!.augmentation],
    ['random', '0.01', 'none'],
  );
});

test('networks train on all training images, which are not copied', async () => {
  await using files = await Files.create();
  assert.equal(allImagesOf(tiny).images, tiny.train);
  const params = {trainOn: 'dataset', set: 'all', learningRate: 0.02, protocol: 'mtt', epochs: 10};
  const [score] = await files.scores(params, {synthetic: []});
  assert.ok(score!.accuracy > 0.9, String(score!.accuracy));
  assert.deepEqual([score!.ipc, score!.trainedOn], [20, 'all']);
});

test('a set together with all images is refused, and so is neither', async () => {
  await using files = await Files.create();
  await fails(files.scores({trainOn: 'dataset'}) as never, /either on synthetic or/);
  await fails(files.scores({}, {synthetic: []}) as never, /either on synthetic or/);
});

test('a search takes the learning rate whose network is best on held-out images', async () => {
  await using files = await Files.create();
  await using rig = await StageRig.create();
  const inputs = {dataset: [files.divided]};
  const params = {learningRate: {search: [1e-9, 0.05, 1e-8]}, protocol: 'mtt', epochs: 20};
  await run(files.context(rig, params, inputs));
  const {scores, metadata} = await readScores(rig.output('scores'));
  assert.deepEqual([scores[0]!.rate, scores[0]!.learningRate], ['chosen', 0.05]);
  assert.equal(metadata['learningRate'], '0.05');
  assert.equal(rig.log.filter((line) => line.startsWith('learning rate')).length, 3);
  assert.equal(rig.progress.at(-1)!.total, 4);
  const [given] = await files.scores({...params, learningRate: 0.05}, inputs);
  assert.equal(given!.accuracy, scores[0]!.accuracy);
});

test('a search that is stopped goes on, and ends with the same bytes', async () => {
  await using files = await Files.create();
  const inputs = {dataset: [files.divided]};
  const params = {learningRate: {search: [0.01, 0.05]}, protocol: 'dd-ranking', trials: 2};
  await resumes(run, (rig) => files.context(rig, params, inputs), {outputs: ['scores'], stops: 3});
});

test('a search without held-out images is refused', async () => {
  await using files = await Files.create();
  await fails(files.scores({learningRate: {search: [0.1, 0.2]}}) as never, /holds no images out/);
});

const softened = {
  kind: 'rows',
  values: Float32Array.of(0.6, 0.4, 0.6, 0.4, 0.4, 0.6, 0.4, 0.6),
} as const;

test('soft labels need a protocol that takes them, or the wish to drop them', async () => {
  await using files = await Files.create({targets: softened});
  await fails(files.scores({protocol: 'dc'}) as never, /soft labels, and the protocol dc trains/);
  const [soft] = await files.scores({protocol: 'datm'});
  const [hard] = await files.scores({protocol: 'datm', labels: 'hard'});
  assert.deepEqual([soft!.labels, hard!.labels], ['soft', 'hard']);
  assert.notEqual(soft!.loss, hard!.loss);
  // A row of floats in place of a whole number.
  assert.equal(soft!.bytes! - few.images.byteLength, 4 * 2 * 4);
  await using rig = await StageRig.create();
  await run(files.context(rig, {protocol: 'dc', labels: 'own'}));
  const bytes = await readFile(rig.output('scores'));
  assert.ok(bytes.includes('soft'));
});

test('soft labels under a protocol that has none are a mistake before anything runs', () => {
  const known = (facts: object) => [{instance: 'x', type: 'x', params: {}, facts: facts as Facts}];
  const synthetic = known({data: {}, targets: 'logits'});
  const inputs = {dataset: known({data: {}}), synthetic, buffers: []};
  const faultsOf = (given: object): readonly string[] =>
    contract.check!({
      instance: 'scores',
      params: filled(contract, {model: 'ConvNetD1W8', ...given}),
      inputs,
    }).map((fault) => ('param' in fault ? fault.param : fault.input));
  assert.deepEqual(faultsOf({protocol: 'dc'}), ['protocol']);
  assert.deepEqual(faultsOf({protocol: 'dc', labels: 'hard'}), []);
  assert.deepEqual(faultsOf({protocol: 'dd-ranking'}), []);
  assert.deepEqual(faultsOf({}), []);
});
