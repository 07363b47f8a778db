import assert from 'node:assert/strict';
import {readFile, writeFile} from 'node:fs/promises';
import {test} from 'node:test';
import {writeScores} from '../../src/learning/codecs/scores.ts';
import {readTable} from '../../src/learning/codecs/table-arrow.ts';
import type {Score} from '../../src/learning/scores/scores.ts';
import {StageError} from '../../src/contract/stage.ts';
import {readScores} from '../../src/learning/codecs/scores.ts';
import {contract} from '../../stages/table/contract.ts';
import {run} from '../../stages/table/run.ts';
import {StageRig} from '../support/registries/stage-context.ts';

function score(model: string, set: string, trial: number, accuracy: number): Score {
  const of = {dataset: 'mnist', split: 'test' as const, ipc: 1};
  return {model, set, ...of, trial, seed: trial, accuracy, loss: 1};
}

type Given = Parameters<typeof run>[0];

async function runOn(
  rig: StageRig,
  files: readonly (readonly Score[])[],
  {csv, ...changes}: Partial<Given['params']> & {readonly csv?: string} = {},
): Promise<void> {
  const scores = files.map((_, i) => rig.folder.file(`scores-${i}`));
  for (const [i, rows] of files.entries()) {
    const {setDigest} = rows[0] ?? {};
    // `evaluate` writes the digest into the metadata.
    const metadata = setDigest === undefined ? {} : {synthetic_sha256: setDigest};
    await writeScores(
      scores[i]!,
      rows.map((row) => ({...row, setDigest: ''})),
      metadata,
    );
  }
  const published = csv === undefined ? [] : [rig.folder.file('published.csv')];
  if (csv !== undefined) await writeFile(published[0]!, csv);
  const {rows, columns, expect} = contract.params;
  const defaults = {rows: rows.default, columns: columns.default, expect: expect.default};
  await run(rig.context({params: {...defaults, ...changes}, inputs: {scores, published}}));
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

test('a trial that is given twice counts once, and one that diverged always', async () => {
  await using rig = await StageRig.create();
  const diverged = {...score('ConvNet', 'random real', 0, 0.1), loss: NaN};
  await runOn(rig, [files[0]!, files[0]!, [diverged], [diverged]]);
  const {columns} = await readTable(rig.output('table'));
  assert.deepEqual(columns['trials'], Int32Array.of(2, 2));
  assert.equal((await readScores(rig.output('scores'))).scores.length, 4);
});

test('the same numbers are there for other programs, at full precision', async () => {
  await using rig = await StageRig.create();
  await runOn(rig, files);
  const {columns} = await readTable(rig.output('table'));
  assert.deepEqual(columns['set'], ['distilled', 'random real', 'random real']);
  assert.deepEqual(columns['trials'], Int32Array.of(2, 1, 1));
  assert.deepEqual((columns['mean'] as Float64Array)[1], 0.5364);
  const lines = (await text(rig, 'csv')).split('\n');
  assert.equal(
    lines[0],
    'model,set,dataset,ipc,mean,deviation,trials,split,iteration,published,published_deviation,difference,source',
  );
  assert.equal(lines[2], 'ConvNet,random real,mnist,1,0.5364,0,1,test,,,,,');
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

const publishedCsv = `dataset,ipc,model,set,mean,deviation,source
mnist,1,ConvNet,distilled,0.853,0.004,"Someone, table 1"
mnist,1,MLP,distilled,0.5,,Else & co
cifar10,1,MLP,distilled,0.5,,Else & co
`;
const expecting = {
  csv: publishedCsv,
  rows: ['dataset', 'ipc', 'model'],
  columns: ['set'],
  expect: {dataset: ['mnist', 'svhn'], ipc: [1], set: ['random real', 'distilled']},
} as const;

test('published values stand beside ours with difference and source, and what is missing is shown so', async () => {
  await using rig = await StageRig.create();
  await runOn(rig, [[score('ConvNet', 'distilled', 0, 0.84)]], expecting);
  assert.equal(
    await text(rig, 'markdown'),
    `Test accuracy in percent: mean ± population standard deviation (trials). Beside it what was published, and the difference in percentage points (Δ).

| dataset | ipc  | model   | random real |      distilled |      published |    Δ |
| ------- | ---- | ------- | ----------: | -------------: | -------------: | ---: |
| mnist   | 1    | ConvNet |           – | 84.0 ± 0.0 (1) | 85.3 ± 0.4 [1] | −1.3 |
| mnist   | 1    | MLP     |           – |              – |       50.0 [2] |    – |
| svhn    | 1    | –       |           – |              – |              – |    – |

[1] Someone, table 1  
[2] Else & co
`,
  );
  const latex = await text(rig, 'latex');
  assert.ok(latex.includes('\\begin{tabular}{lllrrrr}'), latex);
  assert.ok(
    latex.includes(
      'mnist & 1 & ConvNet & -- & $84.0 \\pm 0.0$ (1) & $85.3 \\pm 0.4$ [1] & $-1.3$ \\\\',
    ),
    latex,
  );
  assert.ok(latex.includes('\\par [2] Else \\& co'), latex);
});

test('in the Arrow file a missing cell has no trials and NaN, an unknown model is empty', async () => {
  await using rig = await StageRig.create();
  await runOn(rig, [[score('ConvNet', 'distilled', 0, 0.84)]], expecting);
  const {columns} = await readTable(rig.output('table'));
  const sets = ['random real', 'distilled'];
  assert.deepEqual(columns['set'], [...sets, ...sets, ...sets]);
  assert.deepEqual(columns['model'], ['ConvNet', 'ConvNet', 'MLP', 'MLP', '', '']);
  assert.deepEqual(columns['trials'], Int32Array.of(0, 1, 0, 0, 0, 0));
  assert.deepEqual(columns['mean'], Float64Array.of(NaN, 0.84, NaN, NaN, NaN, NaN));
  assert.deepEqual(columns['published'], Float64Array.of(NaN, 0.853, NaN, 0.5, NaN, NaN));
  const difference = (columns['difference'] as Float64Array)[1]!;
  assert.ok(Math.abs(difference + 0.013) < 1e-12, `${difference}`);
  const source = columns['source'] as readonly string[];
  assert.deepEqual([source[1], source[3], source[4]], ['Someone, table 1', 'Else & co', '']);
});

const networks = [0.5, 0.52, 0.54];
/** Two sets of three networks each, named alike. */
const distillations = ['a', 'b'].map((setDigest, i) =>
  networks.map((accuracy, trial) => ({
    ...score('MLP', 'distilled', trial, accuracy + i / 10),
    setDigest,
  })),
);
const reals = [0.3, 0.32, 0.34].map((accuracy, trial) => score('MLP', 'random', trial, accuracy));

test('an interval on request: of a mean by Student over networks, of a difference by Welch', async () => {
  await using rig = await StageRig.create();
  const csv = 'dataset,ipc,model,set,mean,deviation,trials\nmnist,1,MLP,distilled,0.55,0.02,3\n';
  await runOn(rig, [distillations[0]!, reals], {csv, versus: 'random', interval: 95});
  // The standard deviation of three values 2 points apart is 2 points, and t(0.95; 2) = 4.3027: 4.3027·2/√3 = 5.0. Of a
  // difference, t(0.95; 4) = 2.7764: 2.7764·2·√(2/3) = 4.5. The published population deviation of 2 is a sample's of 2.45.
  assert.equal(
    await text(rig, 'markdown'),
    `Test accuracy in percent on mnist, 1 image per class: mean ± population standard deviation (trials). Beside it what was published, and the difference in percentage points (Δ). Δ random is the difference from that set in percentage points. In brackets 95 % confidence intervals, of differences by Welch. Where a cell tells a number of sets, they are over sets; elsewhere they are over the networks of one set, and say nothing about another distillation.

| model |                   distilled |  published |                 Δ |             Δ random |                      random |
| ----- | --------------------------: | ---------: | ----------------: | -------------------: | --------------------------: |
| MLP   | 52.0 ± 1.6 (3) [47.0, 57.0] | 55.0 ± 2.0 | −3.0 [−8.2, +2.2] | +20.0 [+15.5, +24.5] | 32.0 ± 1.6 (3) [27.0, 37.0] |
`,
  );
  const latex = await text(rig, 'latex');
  assert.ok(latex.includes('& $-3.0$ $[-8.2, +2.2]$ & $+20.0$ $[+15.5, +24.5]$ &'), latex);
  assert.ok(latex.includes('$52.0 \\pm 1.6$ (3) $[47.0, 57.0]$ &'), latex);
  assert.ok(latex.includes('distilled & published & $\\Delta$ & $\\Delta$ random &'), latex);
});

test('several sets of one name are the sample, however many networks each has', async () => {
  await using rig = await StageRig.create();
  await runOn(rig, distillations, {interval: 95});
  // The sets' means are 0.52 and 0.62, t(0.95; 1) = 12.706, and the standard error is 5 points.
  assert.match(await text(rig, 'markdown'), /\| 57\.0 ± 5\.3 \(6, 2 sets\) \[−6\.5, 120\.5\] \|/);
  const {columns} = await readTable(rig.output('table'));
  const close = (name: string, expected: number): void => {
    const [value] = columns[name] as Float64Array;
    assert.ok(Math.abs(value! - expected) < 1e-6, `${name}: ${value}`);
  };
  assert.deepEqual(columns['sets'], Int32Array.of(2));
  close('standard_error', 0.05);
  close('confidence', 0.95);
  close('low', 0.57 - 0.05 * 12.7062047);
  close('high', 0.57 + 0.05 * 12.7062047);
});

test('a table of tables knows the sets, and compares with an earlier table over its sets', async () => {
  await using rig = await StageRig.create();
  await runOn(rig, distillations, {interval: 95});
  const {scores} = await readScores(rig.output('scores'));
  assert.deepEqual(
    scores.map(({setDigest}) => setDigest),
    ['a', 'a', 'a', 'b', 'b', 'b'],
  );
  const csv = await text(rig, 'csv');
  await runOn(rig, distillations, {csv, interval: 95});
  // Both standard errors are 5 points, so there are two degrees of freedom: 4.3027·5·√2 = 30.4.
  assert.match(await text(rig, 'markdown'), /\| 0\.0 \[−30\.4, \+30\.4\] \|/);
});

test('a single network has no interval, and without `interval` the columns are as ever', async () => {
  await using rig = await StageRig.create();
  await runOn(rig, [[reals[0]!], distillations[0]!], {versus: 'random', interval: 90});
  assert.match(await text(rig, 'markdown'), /\| 30\.0 ± 0\.0 \(1\) +\|.*\| +\+22\.0 \|\n/);
  const header = (await text(rig, 'csv')).split('\n')[0]!;
  assert.match(header, /,source,versus,versus_difference,sets,standard_error,confidence,low,high,/);
  assert.match(header, /,difference_low,difference_high,versus_low,versus_high$/);
  await runOn(rig, [[reals[0]!], distillations[0]!], {versus: 'random'});
  assert.match(await text(rig, 'csv'), /^[^\n]*,source,versus,versus_difference\n/);
  assert.match(await text(rig, 'markdown'), /\| +\+22\.0 \|\n/);
});

test('scores go on, so that a table can be made of tables', async () => {
  await using rig = await StageRig.create();
  await runOn(rig, files);
  const {scores} = await readScores(rig.output('scores'));
  assert.deepEqual(scores, files.flat());
});

test('scores that would share a cell are refused, by what tells them apart', async () => {
  await using rig = await StageRig.create();
  await assert.rejects(
    runOn(rig, files, {rows: ['dataset'], columns: ['set']}),
    (error) =>
      error instanceof StageError &&
      error.message ===
        'Scores of one cell differ in model: ConvNet and Res_Net|18. Name model among rows or columns.',
  );
});

test('the same scores give the same bytes', async () => {
  await using rig = await StageRig.create();
  const ports = ['table', 'markdown', 'csv', 'latex', 'scores'];
  const read = async (): Promise<Buffer[]> =>
    Promise.all(ports.map((port) => readFile(rig.output(port))));
  await runOn(rig, files);
  const first = await read();
  await runOn(rig, files);
  assert.deepEqual(await read(), first);
});

test('a table of tables at points of a sweep has a row for each, the best first', async () => {
  await using low = await StageRig.create();
  await using high = await StageRig.create();
  await using all = await StageRig.create();
  const scored = (accuracy: number): readonly Score[] => [score('MLP', 'distilled', 0, accuracy)];
  await runOn(low, [scored(0.25)], {at: {pixelRate: 10, isOn: true}});
  await runOn(high, [scored(0.5)], {at: {pixelRate: 100, isOn: true}, rows: []});
  assert.match(await text(high, 'markdown'), /\n\| pixelRate \| isOn \| +distilled \|\n/);
  const tables = await Promise.all(
    [low, high].map(async (rig) => (await readScores(rig.output('scores'))).scores),
  );
  await runOn(all, tables, {rows: [], best: {set: 'distiled'}});
  assert.deepEqual(all.warnings, [
    'No scores have the set `distiled`, so nothing orders the rows of the table. There are `distilled`.',
  ]);
  all.warnings.length = 0;
  await runOn(all, tables, {rows: [], best: {}});
  assert.deepEqual(all.warnings, []);
  assert.equal(
    await text(all, 'markdown'),
    `Test accuracy in percent on mnist, 1 image per class: mean ± population standard deviation (trials). The best first, by distilled.

| pixelRate | isOn |      distilled |
| --------- | ---- | -------------: |
| 100       | true | 50.0 ± 0.0 (1) |
| 10        | true | 25.0 ± 0.0 (1) |
`,
  );
  const csv = (await text(all, 'csv')).split('\n');
  assert.match(csv[0]!, /^at_pixelRate,at_isOn,model,set,/);
  assert.match(csv[1]!, /^100,true,MLP,distilled,mnist,1,0\.5,/);
  assert.match(await text(all, 'latex'), /\npixelRate & isOn & distilled \\\\\n/);
});
