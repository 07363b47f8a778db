import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {test} from 'node:test';
import {writeScores} from '../../src/learning/codecs/scores.ts';
import {readTable} from '../../src/learning/codecs/table-arrow.ts';
import type {Score} from '../../src/learning/data/scores.ts';
import {run} from '../../stages/table/run.ts';
import {StageRig} from '../support/stage-context.ts';

function score(model: string, set: string, trial: number, accuracy: number): Score {
  const of = {dataset: 'mnist', split: 'test' as const, ipc: 1};
  return {model, set, ...of, trial, seed: trial, accuracy, loss: 1};
}

async function runOn(rig: StageRig, files: readonly (readonly Score[])[]): Promise<void> {
  const scores = files.map((_, i) => rig.folder.file(`scores-${i}`));
  for (const [i, rows] of files.entries()) await writeScores(scores[i]!, rows);
  await run(rig.context({params: {}, inputs: {scores}}));
}

const files = [
  [score('ConvNet', 'distilled', 0, 0.85), score('ConvNet', 'distilled', 1, 0.83)],
  [score('ConvNet', 'random real', 0, 0.5364), score('Res_Net|18', 'random real', 0, 1)],
];

async function text(rig: StageRig, port: string): Promise<string> {
  return readFile(rig.output(port), 'utf8');
}

test('the table lines up in a terminal, says trials, and shows what is missing', async () => {
  await using rig = await StageRig.create();
  await runOn(rig, files);
  assert.equal(
    await text(rig, 'markdown'),
    `Test accuracy in percent on mnist, 1 image per class: mean ± population standard deviation (trials).

| model       |      distilled |     random real |
| ----------- | -------------: | --------------: |
| ConvNet     | 84.0 ± 1.0 (2) |  53.6 ± 0.0 (1) |
| Res_Net\\|18 |              – | 100.0 ± 0.0 (1) |
`,
  );
});

test('the same numbers are there for other programs, at full precision', async () => {
  await using rig = await StageRig.create();
  await runOn(rig, files);
  const {columns} = await readTable(rig.output('table'));
  assert.deepEqual(columns['set'], ['distilled', 'random real', 'random real']);
  assert.deepEqual(columns['trials'], Int32Array.of(2, 1, 1));
  assert.deepEqual((columns['mean'] as Float64Array)[1], 0.5364);
  const lines = (await text(rig, 'csv')).split('\n');
  assert.equal(lines[0], 'model,set,dataset,ipc,mean,deviation,trials,split,iteration');
  assert.equal(lines[2], 'ConvNet,random real,mnist,1,0.5364,0,1,test,');
});

test('LaTeX and CSV keep their special characters harmless', async () => {
  await using rig = await StageRig.create();
  await runOn(rig, [[score('A_1, "b"', '50% & more', 0, 0.5)]]);
  const latex = await text(rig, 'latex');
  assert.match(latex, /\\begin{tabular}{lr}/);
  assert.match(latex, /model & 50\\% \\& more \\\\/);
  assert.match(latex, /A\\_1, "b" & \$50\.0 \\pm 0\.0\$ \(1\) \\\\/);
  assert.match(await text(rig, 'csv'), /^"A_1, ""b""",50% & more,/m);
});

test('the same scores give the same bytes', async () => {
  await using rig = await StageRig.create();
  const ports = ['table', 'markdown', 'csv', 'latex'];
  const read = async (): Promise<Buffer[]> =>
    Promise.all(ports.map((port) => readFile(rig.output(port))));
  await runOn(rig, files);
  const first = await read();
  await runOn(rig, files);
  assert.deepEqual(await read(), first);
});
