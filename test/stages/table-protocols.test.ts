import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {test} from 'node:test';
import {readScores, writeScores} from '../../src/learning/codecs/scores.ts';
import {readTable} from '../../src/learning/codecs/table-arrow.ts';
import type {Score, Terms} from '../../src/learning/scores/scores.ts';
import {contract} from '../../stages/table/contract.ts';
import {run} from '../../stages/table/run.ts';
import {fails, filled} from '../support/registries/learning-files.ts';
import {StageRig} from '../support/registries/stage-context.ts';

function score(set: string, accuracy: number, terms: Partial<Score & Terms>): Score {
  const of = {set, accuracy, model: 'ConvNet', dataset: 'cifar10', split: 'test' as const, ipc: 10};
  const recipe = {
    trial: 0,
    seed: 0,
    loss: 1,
    protocol: 'dd-ranking',
    labels: 'hard' as const,
    augmentation: 'flip',
  };
  return {
    ...of,
    ...recipe,
    rate: '0.01',
    learningRate: 0.01,
    trainedOn: 'set',
    bytes: 1_232_800,
    ...terms,
  };
}

/** The accuracies of the second case of scores.json, with hard labels. */
const scores = [
  score('distilled', 0.472, {}),
  score('distilled', 0.391, {augmentation: 'none'}),
  score('random', 0.146, {trainedOn: 'random', rate: 'chosen'}),
  score('random', 0.139, {trainedOn: 'random', rate: 'chosen', augmentation: 'none'}),
  score('all', 0.562, {trainedOn: 'all', ipc: 5000, bytes: 154_000_000}),
];

const columns = ['set', 'augmentation'];

async function runOn(rig: StageRig, rows: readonly Score[], params: object): Promise<void> {
  const file = rig.folder.file('scores-in');
  await writeScores(file, rows);
  await run(
    rig.context({params: filled(contract, params), inputs: {scores: [file], published: []}}),
  );
}

async function text(rig: StageRig, port: string): Promise<string> {
  return readFile(rig.output(port), 'utf8');
}

test('a difference from another set is one between scores of the same recipe and labels', async () => {
  await using rig = await StageRig.create();
  const random = {trainedOn: 'random', augmentation: 'none'} as const;
  const rows = [
    score('random', 0.1, {trainedOn: 'random'}),
    score('random', 0.2, random),
    score('random', 0.25, {...random, labels: 'soft'}),
    score('random', 0.3, {...random, protocol: 'dc'}),
    score('made', 0.5, {augmentation: 'none'}),
    score('made', 0.6, {augmentation: 'none', labels: 'soft'}),
    score('made', 0.7, {augmentation: 'none', protocol: 'dc', labels: 'soft'}),
    score('made', 0.8, {augmentation: 'none', protocol: 'datm'}),
  ];
  const by = ['set', 'augmentation', 'protocol', 'labels'];
  await runOn(rig, rows, {columns: by, versus: 'random'});
  const {columns: found} = await readTable(rig.output('table'));
  const rounded = Array.from(found['versus_difference'] as Float64Array, (value) =>
    Number(value.toFixed(6)),
  );
  assert.deepEqual(rounded, [NaN, NaN, NaN, NaN, 0.3, 0.35, 0.4, NaN]);
});

test('a table of a protocol says what sets are worth, and which rates were not chosen', async () => {
  await using rig = await StageRig.create();
  await runOn(rig, scores, {columns});
  assert.equal(
    await text(rig, 'markdown'),
    `Test accuracy in percent on cifar10, 10 images per class: mean ± population standard deviation (trials).

| model   |      distilled | distilled, not augmented |         random | random, not augmented |            all |
| ------- | -------------: | -----------------------: | -------------: | --------------------: | -------------: |
| ConvNet | 47.2 ± 0.0 (1) |           39.1 ± 0.0 (1) | 14.6 ± 0.0 (1) |        13.9 ± 0.0 (1) | 56.2 ± 0.0 (1) |

| model   | set       |  HLR |   IOR |   LRS |   ARS |   bytes | of all data |
| ------- | --------- | ---: | ----: | ----: | ----: | ------: | ----------: |
| ConvNet | distilled | +9.0 | +32.6 | 0.322 | 0.412 | 1232800 |      0.80 % |

Protocol: dd-ranking.  
The learning rate was not chosen on held-out images for distilled, all (0.01).  
HLR: accuracy lost against all training images, with hard labels, in percentage points. IOR: accuracy gained over random images, in percentage points. LRS and ARS: 0 … 1, from fractions.
`,
  );
  const latex = await text(rig, 'latex');
  assert.match(
    latex,
    /ConvNet & distilled & \$\+9\.0\$ & \$\+32\.6\$ & 0\.322 & 0\.412 & 1232800 & 0\.80 \\%/,
  );
});

test('a table names the teachers, and says of which labels random images have to be', async () => {
  await using rig = await StageRig.create();
  const labels = 'teacher: 3 experts of ConvNet after 20 epochs';
  const rows = [score('distilled', 0.5, {labels}), score('distilled', 0.4, {})];
  await runOn(rig, rows, {columns: ['set', 'labels']});
  const markdown = await text(rig, 'markdown');
  assert.match(
    markdown,
    /\| +distilled, labels of 3 experts of ConvNet after 20 epochs \| +distilled, hard labels \|/,
  );
  assert.match(
    markdown,
    /^Each batch was labelled by 3 experts of ConvNet after 20 epochs: distilled\. {2}$/m,
  );
  assert.match(
    markdown,
    /IOR needs random images whose labels are of the same kind, hard, soft or of the same teacher\./,
  );
  const {scores: again} = await readScores(rig.output('scores'));
  assert.deepEqual(again, rows);
});

test('measures that are known have a column, and where rows are sets, several columns are named', async () => {
  await using rig = await StageRig.create();
  const one = [score('random', 0.1, {trainedOn: 'random'}), score('made', 0.4, {})];
  const layout = {rows: ['set'], columns: ['dataset', 'model']};
  await runOn(rig, one, layout);
  assert.deepEqual((await text(rig, 'markdown')).split('\n').slice(7, 10), [
    '| set  |   IOR |   bytes |',
    '| ---- | ----: | ------: |',
    '| made | +30.0 | 1232800 |',
  ]);
  await runOn(rig, [...one, score('made', 0.5, {model: 'VGG11'})], layout);
  assert.deepEqual((await text(rig, 'markdown')).split('\n').slice(7, 11), [
    '| set  | column  |   IOR |   bytes |',
    '| ---- | ------- | ----: | ------: |',
    '| made | ConvNet | +30.0 | 1232800 |',
    '| made | VGG11   |     – | 1232800 |',
  ]);
});

test('programs get the measures and the terms of each cell', async () => {
  await using rig = await StageRig.create();
  await runOn(rig, scores, {columns});
  const table = await readTable(rig.output('table'));
  assert.ok(Math.abs((table.columns['ars'] as Float64Array)[0]! - 0.4115092346) < 1e-9);
  assert.deepEqual(table.columns['trained_on'], ['set', 'set', 'random', 'random', 'all']);
  const {scores: again} = await readScores(rig.output('scores'));
  assert.deepEqual(again, scores);
});

test('scores of two protocols share no cell, and a table of both says which set has which', async () => {
  await using rig = await StageRig.create();
  const other = score('distilled', 0.4, {protocol: 'dc'});
  await fails(runOn(rig, [scores[0]!, other], {}), /differ in protocol: dd-ranking and dc/);
  await runOn(rig, [scores[0]!, {...other, set: 'other'}], {});
  assert.match(
    await text(rig, 'markdown'),
    /made by several protocols: dd-ranking \(distilled\); dc \(other\)\./,
  );
});

test('a transfer matrix has a row for each network and a column for each set', async () => {
  await using rig = await StageRig.create();
  const models = ['ConvNet', 'VGG11'];
  const matrix = models.flatMap((model, i) =>
    models.map((set, j) => score(set, (i + j) / 4, {model})),
  );
  await runOn(rig, matrix, {columns: ['set']});
  const rows = (await text(rig, 'markdown')).split('\n').slice(2, 6);
  assert.deepEqual(rows, [
    '| model   |        ConvNet |          VGG11 |',
    '| ------- | -------------: | -------------: |',
    '| ConvNet |  0.0 ± 0.0 (1) | 25.0 ± 0.0 (1) |',
    '| VGG11   | 25.0 ± 0.0 (1) | 50.0 ± 0.0 (1) |',
  ]);
});
