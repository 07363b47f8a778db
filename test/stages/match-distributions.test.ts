import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {StageContext} from '../../src/contract/stage.ts';
import {readSynthetic, writeSynthetic} from '../../src/learning/codecs/synthetic.ts';
import {readTable} from '../../src/learning/codecs/table-arrow.ts';
import {contract} from '../../stages/match-distributions/contract.ts';
import {run} from '../../stages/match-distributions/run.ts';
import {softStartFaults} from '../../stages/shared/distilling/start-faults.ts';
import type {SetFacts} from '../../stages/shared/image-facts.ts';
import {DistillationLog} from '../../stages/shared/distilling/metrics.ts';
import {filled, resumes, sharedLearningFiles} from '../support/registries/learning-files.ts';
import {StageRig} from '../support/registries/stage-context.ts';

const files = await sharedLearningFiles();

function context(
  rig: StageRig,
  given: object = {},
  start: readonly string[] = [],
): StageContext<typeof contract> {
  const small = {model: 'ConvNetD1W8', iterations: 5, realBatch: 8, ipc: 2, snapshots: [0, 2]};
  return rig.context({
    params: filled(contract, {...small, ...given}),
    inputs: {dataset: [files.dataset], transform: [files.transform], start},
  });
}

for (const [what, given] of Object.entries<object>({
  DM: {},
  'batch normalisation, whose batch has all classes': {model: 'ConvNetBN', iterations: 3},
})) {
  test(`${what}: a killed and resumed run gives the bytes of an uninterrupted one`, () =>
    resumes(run, (rig) => context(rig, given), {
      outputs: ['synthetic', 'snapshots:0', 'snapshots:1', 'snapshots:2', 'metrics'],
      stops: 2,
    }));
}

test('a set with soft labels to start from is refused, by the check and by the run', async () => {
  await using rig = await StageRig.create();
  await run(context(rig));
  const set = await readSynthetic(rig.output('synthetic'));
  const values = Float32Array.from({length: set.count * set.classes.length}, (_, i) => i % 3);
  const start = rig.output('labelled');
  await writeSynthetic(start, {...set, targets: {kind: 'logits', values}});
  await assert.rejects(run(context(rig, {}, [start])), /has soft labels, but this method/);
  const facts: SetFacts = {data: {}, targets: 'logits'};
  const faults = softStartFaults({instance: 'labelled', type: 'label', params: {}, facts});
  assert.match(faults.map(({message}) => message).join(), /has soft labels, but this method/);
  assert.deepEqual(softStartFaults(undefined), []);
});

test('the set has real images at the start, and is told by how it was made', async () => {
  await using rig = await StageRig.create();
  await run(context(rig));
  const {columns} = await readTable(rig.output('metrics'));
  assert.deepEqual(Object.keys(columns), [
    'iteration',
    'loss',
    'imageGradientNorm',
    'relativeUpdate',
  ]);
  const [begin, end] = await Promise.all(
    [0, 2].map((i) => readSynthetic(rig.output('snapshots', i))),
  );
  assert.deepEqual([begin!.iteration, end!.iteration, end!.stepSize], [0, 5, 0.01]);
  assert.notDeepEqual(end!.images, begin!.images);
  assert.equal(end!.provenance['method'], 'matching distributions');
  assert.deepEqual(rig.warnings, []);
});

test('a column that neither the loop nor the objective measures is reported as unknown', () => {
  const log = new DistillationLog(['loss', 'norm'], undefined);
  assert.throws(() => log.add({loss: 1}), /Nothing measures norm/);
});
