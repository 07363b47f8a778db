import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {test} from 'node:test';
import {Rig} from '../../support/program/rig.ts';

const pipeline = `
stages:
  bad: {run: [sh, -c, exit 3], outputs: {out: text}}
  worse: {run: [sh, -c, exit 4], outputs: {out: text}}
  good: {uses: say, matrix: {k: {count: 4}}, with: {text: "t\${matrix.k}"}}
  fine: {uses: join, inputs: {parts: "good.out[*]"}}
  mixed: {uses: join, inputs: {parts: [fine.out, bad.out]}}
  last: {uses: join, inputs: {parts: [mixed.out, worse.out]}}
  size: {uses: measure, inputs: {of: fine.out}}
`;

test('with --keep-going everything runs that no failure reaches, and the rest says after what', async () => {
  await using rig = await Rig.create();
  await rig.write('pipeline.yaml', pipeline);
  const {code, stdout} = await rig.pipeline('run', '--keep-going');
  assert.equal(code, 1);
  assert.deepEqual((await rig.started()).toSorted(), [
    'bad',
    'fine',
    'good[k=0]',
    'good[k=1]',
    'good[k=2]',
    'good[k=3]',
    'size',
    'worse',
  ]);
  const events = await rig.events();
  assert.deepEqual(
    events.flatMap((event) =>
      event.kind === 'skipped' ? `${event.instance} because ${event.because}` : [],
    ),
    ['mixed because bad', 'last because bad'],
  );
  assert.match(stdout, /^– 2 skipped after bad: mixed, last$/m);
  assert.match(stdout, /Failed after .*: 6 ran, 2 failed, 2 skipped\.$/m);

  // Only the failed and skipped instances are left to run.
  const planned = await rig.pipeline('plan');
  assert.match(planned.stdout, /6 hit, 2 run, 2 maybe/);
});

test('instances outside of a selection cannot fail, and are not skipped either', async () => {
  await using rig = await Rig.create();
  await rig.write('pipeline.yaml', pipeline);
  const {code, stdout} = await rig.pipeline('run', 'size');
  assert.equal(code, 0, stdout);
  assert.match(stdout, /: 6 ran\.$/m);
});

const gathering = `
params: {third: exit 3}
stages:
  first: {uses: say, matrix: {k: {count: 2}}, with: {text: "t\${matrix.k}"}}
  third: {run: [sh, -c, "\${params.third}", "\${outputs.out}"], outputs: {out: text}}
  after: {uses: join, inputs: {parts: third.out}}
  all: {uses: gather, inputs: {parts: ["first.out[*]", after.out]}}
  size: {uses: measure, inputs: {of: all.out}}
  none: {uses: gather, inputs: {parts: after.out}}
  later: {uses: measure, inputs: {of: none.out}}
`;

async function resultOf(rig: Rig, instance: string): Promise<string> {
  return await readFile(await rig.artifactOf(instance), 'utf8');
}

test('a stage with partial input runs without the failed part, and again when that exists', async () => {
  await using rig = await Rig.create();
  await rig.write('pipeline.yaml', gathering);
  const {code, stdout} = await rig.pipeline('run', '--keep-going');
  assert.equal(code, 1);
  assert.equal(await resultOf(rig, 'all'), 't0+t1');
  // The instance downstream runs too, and its result is shown.
  assert.match(stdout, /\| +5 \|/);
  assert.match(stdout, /^– 3 skipped after third: after, none, later$/m);

  // A second run with the same inputs finds the result that was made from the partial input.
  const again = await rig.pipeline('run', '--keep-going');
  assert.equal(again.code, 1);
  assert.deepEqual(await rig.started(), ['third']);

  const mended = ['--set', 'third=printf t2 > "$0"'];
  const planned = await rig.pipeline('plan', ...mended);
  assert.match(planned.stdout, /2 hit, 2 run, 4 maybe/);
  assert.equal((await rig.pipeline('run', ...mended)).code, 0);
  assert.equal(await resultOf(rig, 'all'), 't0+t1+t2');
  assert.equal(await resultOf(rig, 'later'), '2');
});

test('without --keep-going no stage runs with partial input', async () => {
  await using rig = await Rig.create();
  await rig.write('pipeline.yaml', gathering);
  assert.equal((await rig.pipeline('run')).code, 1);
  const started = await rig.started();
  assert.ok(!started.includes('all') && !started.includes('size'), started.join());
});

test('with --stored only the stages that accept partial input run, on the stored part', async () => {
  await using rig = await Rig.create();
  await rig.write('pipeline.yaml', gathering);
  assert.equal((await rig.pipeline('run', 'first[k=1]')).code, 0);
  assert.equal((await rig.pipeline('run', '--stored', '--force', '*')).code, 2);
  const {code, stdout} = await rig.pipeline('run', '--stored');
  assert.equal(code, 0, stdout);
  assert.deepEqual(await rig.started(), ['all']);
  assert.equal(await resultOf(rig, 'all'), 't1');
  // The six instances are first[k=0], third, after, size, none and later.
  assert.match(stdout, /^‖ 6 not started$/m);
  assert.match(stdout, /^Done in .*: 1 ran, 1 stored already, 6 not started\.$/m);

  assert.equal((await rig.pipeline('run', '--set', 'third=printf t2 > "$0"')).code, 0);
  assert.equal(await resultOf(rig, 'all'), 't0+t1+t2');
});
