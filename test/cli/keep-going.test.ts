import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Rig} from '../support/rig.ts';

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

  // What was skipped or failed is all that is left to do.
  const planned = await rig.pipeline('plan');
  assert.match(planned.stdout, /6 hit, 2 run, 2 maybe/);
});

test('what a selection leaves out cannot fail, and is not skipped either', async () => {
  await using rig = await Rig.create();
  await rig.write('pipeline.yaml', pipeline);
  const {code, stdout} = await rig.pipeline('run', 'size');
  assert.equal(code, 0, stdout);
  assert.match(stdout, /: 6 ran\.$/m);
});
