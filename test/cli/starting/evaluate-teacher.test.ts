import assert from 'node:assert/strict';
import {test} from 'node:test';
import {exitCodes} from '../../../src/cli/exit-codes.ts';
import {Rig, type Finished} from '../../support/program/rig.ts';

/** Experts, a set with soft labels, and sets of other held-out images; a data set of any source is the tiny one here. */
const pipeline = `
params: {heldOut: 0}
stages:
  raw: {uses: download, with: {dataset: images, source: 'file:///data', heldOut: '\${params.heldOut}'}}
  images: {uses: zca, inputs: {dataset: raw.dataset}, with: {method: standardise}}
  expert:
    uses: train-expert
    matrix: {seed: {count: 2}}
    inputs: {dataset: images.dataset}
    with: {model: ConvNetD1W8, epochs: 2, seed: '\${matrix.seed}'}
  buffers: {uses: shard-buffers, inputs: {experts: 'expert.trajectory[*]'}, with: {shardSize: 1}}
  chosen:
    uses: coreset
    inputs: {dataset: images.dataset, transform: images.transform}
    with: {method: herding, ipc: 2}
  soft: {uses: label, inputs: {synthetic: chosen.synthetic, buffers: buffers.buffers}, with: {epoch: 1}}
`;

const source = ['--dataset', 'images', '--source', 'file:///data'];
const short = ['--model', 'ConvNetD1W8', '--trials', '1', '--epochs', '3'];

async function ranRig(...selectors: readonly string[]): Promise<Rig> {
  const rig = await Rig.create({PIPELINE_TEST_STAGES: 'tiny-download'});
  await rig.write('p.yaml', pipeline);
  const {code, stderr} = await rig.pipeline('run', 'p.yaml', ...selectors);
  assert.equal(code, 0, stderr);
  return rig;
}

const evaluate = (rig: Rig, ...args: readonly string[]): Promise<Finished> =>
  rig.pipeline('evaluate', ...args, ...source, ...short);

const rate = ['--learning-rate', '0.05'];

test('a set with soft labels is compared with random images that a teacher labels: all measures come out', async () => {
  await using rig = await ranRig();
  const all = ['--labels', 'both', '--augmentation', 'both', '--controls', 'random,all'];
  const teacher = ['--teacher', 'buffers.buffers', '--teacher-epoch', '1'];
  const set = ['soft.synthetic', '--protocol', 'dd-ranking', ...rate];
  const done = await evaluate(rig, ...set, ...teacher, ...all);
  assert.equal(done.code, 0, done.stdout + done.stderr);
  const text = await rig.read('evaluation.yaml');
  assert.match(
    text,
    /labelled:\n +uses: label\n +inputs: \{synthetic: random\.synthetic, buffers: \[".*", ".*"\]\}\n +with: \{epoch: 1\}/,
  );
  assert.doesNotMatch(text, /labels: teacher/);
  const numbers = String.raw`(?:[+−]?\d+\.\d \| +){2}0\.\d{3} \| +0\.\d{3} \| +\d+ \|`;
  const row = new RegExp(String.raw`\| ConvNetD1W8 \| soft[^|]*\| +${numbers}`);
  assert.match(done.stdout, row);
});

test('a set without soft labels is trained on with those of the teacher, and so are random images', async () => {
  await using rig = await ranRig();
  const given = ['chosen.synthetic', '--teacher', 'buffers.buffers[1]', '--controls', 'random'];
  const done = await evaluate(rig, ...given, '--protocol', 'datm', ...rate);
  assert.equal(done.code, 0, done.stdout + done.stderr);
  assert.match(
    done.stdout,
    /Each batch was labelled by the first expert of ConvNetD1W8 after 2 epochs: chosen, random real\./,
  );
  assert.match(done.stdout, /\| ConvNetD1W8 \| chosen +\| +[+−]\d/);

  // The same experts as files of PyTorch.
  assert.equal((await rig.pipeline('export', 'pt', 'buffers', '-o', 'experts')).code, 0);
  const files = ['chosen.synthetic', '--teacher', 'experts', '--teacher-experts', 'all'];
  const labels = ['--labels', 'own,teacher', '--protocol', 'datm', ...rate];
  const written = await evaluate(rig, ...files, ...labels, '--no-run');
  assert.equal(written.code, 0, written.stderr);
  const text = await rig.read('evaluation.yaml');
  assert.match(text, /uses: import-buffers[^]*replay_buffer_0\.pt[^]*replay_buffer_1\.pt/);
  assert.match(text, /with: \{model: "ConvNetD1W8"\}/);
  assert.match(text, /buffers: teacher\.buffers\}/);
  assert.match(text, /labels: teacher\n +teacher: \{experts: "all"\}/);
  assert.equal(text.match(/uses: evaluate/g)?.length, 2);
});

test('mistakes about a teacher are told at the argument', async () => {
  await using rig = await ranRig();
  const refused = async (message: RegExp, ...args: readonly string[]): Promise<void> => {
    const {code, stderr} = await evaluate(rig, ...args, ...rate, '--no-run');
    assert.equal(code, 2, stderr);
    assert.match(stderr, message);
  };
  const [hard, teacher] = ['chosen.synthetic', ['--teacher', 'buffers.buffers']];
  const datm = ['--protocol', 'datm'];
  await refused(/--labels must be own, hard or teacher/, hard, '--labels', 'soft');
  await refused(/:10 error misfit: .*--teacher names them/, hard, '--labels', 'teacher', ...datm);
  await refused(/:11 error misfit: There is nothing/, hard, ...teacher, '--labels', 'own');
  await refused(/`chosen\.synthetic` is no buffer\./, hard, '--teacher', 'chosen.synthetic');
  await refused(/There is no instance, artifact/, hard, '--teacher', 'nothing.buffers');
  const protocol = await evaluate(rig, hard, ...teacher, ...rate, '--no-run');
  assert.equal(protocol.code, exitCodes.invalidPipeline, protocol.stderr);
  assert.match(
    protocol.stderr,
    /^command line:1:11 error misfit: The protocol mtt trains with the class of each image alone/,
  );
  const experts = [...teacher, '--teacher-experts', 'some', ...datm, ...rate, '--no-run'];
  assert.match((await evaluate(rig, hard, ...experts)).stderr, /--teacher-experts some\n +~~~~/);
});

test('a set is refused with other held-out images than it was made with, if an earlier run tells, and works with its own', async () => {
  await using rig = await ranRig('chosen');
  const made = ['chosen.synthetic', ...rate];
  const seen = await evaluate(rig, ...made, '--held-out', '10');
  assert.equal(seen.code, 2);
  assert.match(
    seen.stderr,
    /^command line:1:12 error misfit: chosen\.synthetic was made without held-out images: it has seen all training images.*\n +--held-out 10\n +~~\n/,
  );
  await assert.rejects(rig.read('evaluation.yaml'), {code: 'ENOENT'});

  assert.equal((await rig.pipeline('run', 'p.yaml', 'chosen', '--set', 'heldOut=10')).code, 0);
  const other = await evaluate(rig, ...made, '--held-out', '4');
  assert.match(other.stderr, /was made with 10 images held out, .*: --held-out 10\./);
  const searched = [...made.slice(0, 1), '--learning-rate', 'search', '--held-out', '10'];
  const own = await evaluate(rig, ...searched);
  assert.equal(own.code, 0, own.stdout + own.stderr);
  assert.match(own.stdout, /Learning rates were chosen on held-out images\./);
  // Nothing needs to be said where the set says it.
  const silent = await evaluate(rig, ...made);
  assert.equal(silent.code, 0, silent.stdout + silent.stderr);
  assert.match(await rig.read('evaluation.yaml'), /heldOut: 10/);
});
