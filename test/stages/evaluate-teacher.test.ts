import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Facts} from '../../src/contract/facts.ts';
import {readScores} from '../../src/learning/codecs/scores.ts';
import {writeDataset} from '../../src/learning/codecs/dataset-arrow.ts';
import {writeSynthetic} from '../../src/learning/codecs/synthetic.ts';
import type {SyntheticSet} from '../../src/learning/data/synthetic.ts';
import type {Score} from '../../src/learning/scores/scores.ts';
import {contract} from '../../stages/evaluate/contract.ts';
import {run} from '../../stages/evaluate/run.ts';
import {contract as labelContract} from '../../stages/label/contract.ts';
import {run as label} from '../../stages/label/run.ts';
import {pickImages} from '../../stages/shared/transformed-dataset.ts';
import {tinyDataset} from '../support/data/tiny-dataset.ts';
import {
  fails,
  filled,
  makeLearningFiles,
  resumes,
  sharedLearningFiles,
} from '../support/registries/learning-files.ts';
import {StageRig} from '../support/registries/stage-context.ts';

type Context = Parameters<typeof run>[0];

const files = await sharedLearningFiles(2);
const tiny = tinyDataset();
const picked = pickImages(tiny, tiny.train, [0, 1, 2, 3]);
const made: SyntheticSet = {
  ...tiny,
  ...picked,
  pixels: picked.images,
  stepSize: 0.02,
  provenance: {},
};
const synthetic = files.folder.file('set');
await writeSynthetic(synthetic, made);

const taught = {labels: 'teacher', protocol: 'dd-ranking'};

function contextOf(
  rig: StageRig,
  params: object,
  inputs: Partial<Context['inputs']> = {},
): Context {
  const small = {model: 'ConvNetD1W8', trials: 1, epochs: 3};
  return rig.context({
    params: filled(contract, {...small, ...params}),
    inputs: {
      dataset: [files.dataset],
      synthetic: [synthetic],
      buffers: files.buffers,
      ...inputs,
    },
  });
}

async function scoreOf(params: object, inputs?: Partial<Context['inputs']>): Promise<Score> {
  await using rig = await StageRig.create();
  await run(contextOf(rig, params, inputs));
  return (await readScores(rig.output('scores'))).scores[0]!;
}

test('scores name the teacher, whose experts and epoch are those of `teacher`', async () => {
  const first = await scoreOf(taught);
  assert.equal(first.labels, 'teacher: the first expert of ConvNetD1W8 after 2 epochs');
  assert.equal(first.protocol, 'dd-ranking, epochs 3');
  const teacher = {epoch: 1, experts: 'all', temperature: 4};
  const mean = await scoreOf({...taught, teacher});
  assert.equal(mean.labels, 'teacher: 4 experts of ConvNetD1W8 after 1 epochs at temperature 4');
  const hard = await scoreOf({...taught, labels: 'hard'}, {buffers: []});
  assert.equal(new Set([first.loss, mean.loss, hard.loss]).size, 3);
});

test('without augmentation a teacher gives the labels that the stage type label gives', async () => {
  const params = {experts: 3, epoch: 1, temperature: 0.5};
  await using rig = await StageRig.create();
  const inputs = {synthetic: [synthetic], buffers: files.buffers};
  await label(rig.context({params: filled(labelContract, params), inputs}));
  const recipe = {protocol: 'dd-ranking', augmentation: 'none', epochs: 10};
  const labelled = {synthetic: [rig.output('synthetic')], buffers: []};
  const own = await scoreOf({...recipe, labels: 'own'}, labelled);
  const theirs = await scoreOf({...recipe, labels: 'teacher', teacher: params});
  assert.equal(own.labels, 'soft');
  assert.ok(Math.abs(own.loss - theirs.loss) < 1e-5 * own.loss, `${own.loss} ${theirs.loss}`);
  const hard = await scoreOf({...recipe, labels: 'hard'}, labelled);
  assert.ok(Math.abs(own.loss - hard.loss) > 1e-3 * own.loss);
});

test('a teacher labels random images, all images and a set that has soft labels of its own', async () => {
  const random = files.folder.file('random');
  await writeSynthetic(random, {...made, provenance: {method: 'random'}});
  const control = await scoreOf(taught, {synthetic: [random]});
  const set = await scoreOf(taught);
  assert.equal(control.trainedOn, 'random');
  assert.equal(control.labels, set.labels);
  const soft = files.folder.file('soft');
  const values = Float32Array.of(0.6, 0.4, 0.6, 0.4, 0.4, 0.6, 0.4, 0.6);
  await writeSynthetic(soft, {...made, targets: {kind: 'rows', values}});
  const again = await scoreOf(taught, {synthetic: [soft]});
  assert.deepEqual([again.loss, again.labels], [set.loss, set.labels]);
  const onAll = {...taught, trainOn: 'dataset', learningRate: 0.02};
  const all = await scoreOf(onAll, {synthetic: []});
  assert.deepEqual([all.trainedOn, all.labels], ['all', set.labels]);
});

test('an evaluation with a teacher that is stopped goes on, and ends with the same bytes', async () => {
  const divided = files.folder.file('divided');
  await writeDataset(divided, {...tiny, heldOut: tiny.test});
  const params = {...taught, learningRate: {search: [0.01, 0.05]}, trials: 2};
  const inputs = {dataset: [divided]};
  await resumes(run, (rig) => contextOf(rig, params, inputs), {outputs: ['scores'], stops: 3});
});

test('a teacher that does not fit is refused', async () => {
  const refuses = (given: object, message: RegExp, inputs?: Partial<Context['inputs']>) =>
    fails(scoreOf({...taught, ...given}, inputs) as never, message);
  await refuses({protocol: 'mtt'}, /protocol mtt trains with the class of each image alone/);
  await refuses({}, /labels: teacher needs the experts/, {buffers: []});
  await refuses({teacher: {epoch: 3}}, /epoch is 3, but the experts in buffers were trained for 2/);
  await refuses({teacher: {experts: 5}}, /5 experts are asked for, but there are 4/);
  const other = files.folder.file('other');
  await writeDataset(other, {...tiny, source: 'b'.repeat(64)});
  const apart = files.folder.file('apart');
  await writeSynthetic(apart, {...made, source: 'b'.repeat(64)});
  await refuses({}, /trained on other images than those of dataset/, {
    dataset: [other],
    synthetic: [apart],
  });
  await using normalised = await makeLearningFiles(1, 'ConvNetBN');
  await refuses({}, /ConvNetBN, which classifies .* running statistics/, {
    buffers: normalised.buffers,
  });
});

test('mistakes about a teacher show before anything runs', () => {
  const known = (facts: object) => [{instance: 'x', type: 'x', params: {}, facts: facts as Facts}];
  const experts = known({data: {}, model: 'ConvNetD1W8', epochs: 2});
  const faultsOf = (params: object, buffers = experts): readonly string[] =>
    contract.check!({
      instance: 'scores',
      params: filled(contract, {model: 'ConvNetD1W8', ...params}),
      inputs: {dataset: known({data: {}}), synthetic: known({data: {}}), buffers},
    }).map((fault) => ('param' in fault ? fault.param : fault.input));
  assert.deepEqual(faultsOf(taught), []);
  assert.deepEqual(faultsOf({labels: 'teacher'}), []);
  for (const protocol of ['mtt', 'dc', 'dsa']) {
    assert.deepEqual(faultsOf({labels: 'teacher', protocol}), ['labels']);
  }
  assert.deepEqual(faultsOf(taught, []), ['labels']);
  assert.deepEqual(faultsOf({protocol: 'datm'}), ['buffers']);
  assert.deepEqual(faultsOf({teacher: {epoch: 1}}, []), ['teacher']);
  assert.deepEqual(faultsOf({labels: 'hard', teacher: {epoch: 1}}), []);
  assert.deepEqual(faultsOf({...taught, teacher: {epoch: 3}}), ['teacher.epoch']);
  assert.deepEqual(faultsOf(taught, known({data: {}, model: 'ConvNetBN'})), ['buffers']);
});
