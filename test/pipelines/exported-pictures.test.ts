import assert from 'node:assert/strict';
import {readdir, symlink} from 'node:fs/promises';
import path from 'node:path';
import {after, before, test} from 'node:test';
import {readScores} from '../../src/learning/codecs/scores.ts';
import {writeSynthetic} from '../../src/learning/codecs/synthetic.ts';
import {smallSet} from '../support/data/small-set.ts';
import {Rig, type Finished} from '../support/program/rig.ts';

const own = `
stages:
  images: {uses: tiny-images}
  random: {uses: coreset, inputs: {dataset: images.dataset}, with: {ipc: 2, stepSize: 0.02}}
  single: {uses: coreset, inputs: {dataset: images.dataset}, with: {ipc: 1, stepSize: 0.02}}
`;

const digits = Array.from({length: 10}, (_, digit) => String(digit));

let rig: Rig;

async function exporting(...args: readonly string[]): Promise<Finished> {
  return await rig.pipeline('export', 'pictures', ...args);
}

async function succeeds(...args: readonly string[]): Promise<string> {
  const {code, stdout, stderr} = await rig.pipeline(...args);
  assert.equal(code, 0, stdout + stderr);
  return stdout;
}

before(async () => {
  rig = await Rig.withLearning();
  await rig.write('own.yaml', own);
  await succeeds('run', 'own.yaml');
});

after(() => rig[Symbol.asyncDispose]());

test('the pipeline in the README of exported pictures trains on them', async () => {
  const said = await succeeds('export', 'pictures', 'random.synthetic', '-o', 'my pictures');
  assert.equal(said, 'Wrote my pictures: see my pictures/README.md\n');
  const readme = await rig.read('my pictures/README.md');
  const pipeline = /^```yaml\n(.*?)^```/ms.exec(readme)![1]!;
  assert.match(pipeline, /testShare: 0\.2.*epochs: 100\}$/ms);
  await rig.write('again.yaml', pipeline.replace('epochs: 100', 'epochs: 0, trials: 1'));
  await succeeds('run', 'again.yaml');
  const {file} = JSON.parse(await succeeds('show', 'scores.scores', '--json')) as {file: string};
  const {scores} = await readScores(path.resolve(rig.folder, file));
  assert.equal(scores.length, 1);
  assert.ok(scores[0]!.accuracy >= 0 && scores[0]!.accuracy <= 1);
});

test('a set with a single picture of a class says that none is left to test on', async () => {
  const told = await succeeds('export', 'pictures', 'single', '-o', 'single', '--json');
  assert.deepEqual(JSON.parse(told), {folders: ['single']});
  const readme = await rig.read('single/README.md');
  assert.match(readme, /^A class has a single picture, so that none is left to test on/m);
  assert.doesNotMatch(readme, /testShare/);
});

test('the command in the README judges the pictures by the test images of the data set', async () => {
  await writeSynthetic(path.join(rig.folder, 'set'), smallSet({name: 'mnist', classes: digits}));
  await succeeds('export', 'pictures', 'set', '-o', 'digits');
  const readme = await rig.read('digits/README.md');
  const command = /^pipeline (evaluate .*)$/m.exec(readme)![1]!;
  const place = path.join(rig.folder, 'digits');
  assert.equal(command, `evaluate ${place} --dataset mnist --step-size 0.02`);
  await succeeds(...command.split(' '), '--no-run', '--write', 'judged.yaml');
  assert.match(await rig.read('judged.yaml'), /uses: import-pictures/);
});

test('an impossible export is refused with its reason, and nothing is written', async () => {
  await rig.write('full/mine', 'mine');
  await symlink('full', path.join(rig.folder, 'link'));
  const refused = async (what: string, to: string): Promise<string> => {
    const {code, stderr} = await exporting(what, '-o', to);
    return `${code} ${stderr.trim()}`;
  };
  const before = await readdir(rig.folder);
  assert.equal(
    await refused('random.synthetic', 'full'),
    '2 full cannot be written: there is a folder with files in its place.',
  );
  assert.equal(
    await refused('random.synthetic', 'link'),
    '2 link cannot be written: there is a file in its place.',
  );
  assert.match(await refused('nothing', 'no'), /^2 .*called `nothing`/);
  assert.match(await refused('images.dataset', 'no'), /^2 `images\.dataset` is arrow/);
  assert.match(await refused('own.yaml', 'no'), /^1 \S+own\.yaml: not a safetensors file/);
  assert.equal(await rig.read('full/mine'), 'mine');
  assert.deepEqual(await readdir(rig.folder), before);
});
