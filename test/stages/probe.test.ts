import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {test} from 'node:test';
import {StageError, type StageContext} from '../../src/contract/stage.ts';
import {writeDataset} from '../../src/learning/codecs/dataset-arrow.ts';
import {readTable} from '../../src/learning/codecs/table-arrow.ts';
import {contract as distillContract} from '../../stages/distill/contract.ts';
import {run as distill} from '../../stages/distill/run.ts';
import {contract} from '../../stages/probe/contract.ts';
import {run} from '../../stages/probe/run.ts';
import {fails, filled, resumes, sharedLearningFiles} from '../support/registries/learning-files.ts';
import {StageRig} from '../support/registries/stage-context.ts';
import {tinyDataset} from '../support/data/tiny-dataset.ts';

/** Some of the parameters that a probe finds, or was given. */
type Found = Readonly<
  Record<'stepSize' | 'pixelRate' | 'maxStartEpoch' | 'ipc' | 'steps' | 'batch', number>
>;

const files = await sharedLearningFiles();

function context(rig: StageRig, given: object = {}): StageContext<typeof contract> {
  const small = {steps: 5, expertEpochs: 1, stepSizes: [0.003, 0.01, 0.03], ipc: 2, batch: 3};
  return rig.context({
    params: filled(contract, {...small, ...given}),
    inputs: {dataset: [files.dataset], transform: [files.transform], buffers: files.buffers},
  });
}

async function parameters(rig: StageRig): Promise<Found> {
  return JSON.parse(await readFile(rig.output('parameters'), 'utf8')) as Found;
}

const outputs = ['parameters', 'report', 'losses', 'rates'];

// Two trajectories of two start epochs: four segments, then the gradient, then updates.
test('a probe that is stopped after each measurement gives the bytes of an uninterrupted one', () =>
  resumes(run, (rig) => context(rig, {iterations: 4}), {outputs, stops: 8}));

test('a probe that tries several rates gives the same bytes if it is stopped between them', () =>
  resumes(run, (rig) => context(rig, {iterations: 2, relativeUpdate: 1e3}), {outputs, stops: 9}));

test('with what was found, distill lowers its loss in 20 iterations, and with a hundred times the rate it does not', async () => {
  await using rig = await StageRig.create();
  await run(context(rig));
  const found = await parameters(rig);
  const losses = await distilledLosses(found);
  const [begin, end] = [mean(losses.slice(0, 5)), mean(losses.slice(-5))];
  assert.ok(end < begin, `from ${begin} to ${end}`);
  const faster = {...found, pixelRate: 100 * found.pixelRate};
  const worse = await distilledLosses(faster).catch((cause: unknown) => {
    assert.ok(cause instanceof StageError);
    return [Infinity];
  });
  assert.ok(mean(worse.slice(-5)) > begin, `${mean(worse.slice(-5))} is no worse`);
});

test('what was tried is told, and the chosen step size is one of those that were given', async () => {
  await using rig = await StageRig.create();
  await run(context(rig));
  const {columns} = await readTable(rig.output('losses'));
  assert.deepEqual(Object.keys(columns), [
    'trajectory',
    'startEpoch',
    'stepSize',
    'loss',
    'reach',
    'drift',
  ]);
  assert.deepEqual([...columns['trajectory']!], [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1]);
  assert.deepEqual([...columns['startEpoch']!].slice(0, 6), [0, 0, 0, 1, 1, 1]);
  const found = await parameters(rig);
  assert.ok([0.003, 0.01, 0.03].includes(found.stepSize));
  assert.deepEqual([found.ipc, found.steps, found.batch], [2, 5, 3]);
  const report = await readFile(rig.output('report'), 'utf8');
  for (const line of report.split('\n')) assert.ok(rig.log.includes(line), line);
  assert.match(report, new RegExp(`  pixelRate: ${found.pixelRate}\n`));
  const last = rig.progress.at(-1)!;
  assert.equal(last.done, last.total);
});

test('a rate that is never right is told as a warning', async () => {
  await using rig = await StageRig.create();
  await run(context(rig, {relativeUpdate: 1e-12, iterations: 1}));
  assert.match(rig.warnings.join(), /No pixelRate that was tried made the loss fall by 1 %/);
  const {columns} = await readTable(rig.output('rates'));
  assert.ok(columns['pixelRate']!.length > 1);
});

test('experts of other images, or of fewer epochs than students must cover, are refused', async () => {
  await using rig = await StageRig.create();
  await fails(
    run(context(rig, {expertEpochs: 3})),
    /must cover 3 expert epochs, but the experts in buffers were trained for 2/,
  );
  await fails(run(context(rig, {batch: 5})), /at most the 4 synthetic images, got 5/);
  const foreign = files.folder.file('foreign');
  await writeDataset(foreign, {...tinyDataset(), source: 'b'.repeat(64)});
  const given = context(rig);
  const inputs = {...given.inputs, dataset: [foreign], transform: []};
  await fails(run({...given, inputs}), /were trained on other images than those of dataset/);
});

/** The losses of 20 iterations of `distill`, with a fixed step size. */
async function distilledLosses(found: Found): Promise<readonly number[]> {
  await using rig = await StageRig.create();
  const params = {...found, iterations: 20, stepSizeRate: 0};
  await distill(
    rig.context({
      params: filled(distillContract, params),
      inputs: {
        dataset: [files.dataset],
        transform: [files.transform],
        buffers: files.buffers,
        start: [],
      },
    }),
  );
  const {columns} = await readTable(rig.output('metrics'));
  return Array.from(columns['loss'] as Float64Array);
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
}
