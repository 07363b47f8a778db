import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Rig} from '../../support/program/rig.ts';

/** The time limit of each test. A failing test would wait for ever. */
const bounded = {timeout: 60_000};

test('a stage that waits for what cannot happen fails at once', bounded, async () => {
  await using rig = await Rig.create();
  await rig.write('p.yaml', 'stages: {a: {uses: linger, with: {forever: true}}}\n');
  const {code, stdout} = await rig.pipeline('run', 'p.yaml');
  assert.equal(code, 1);
  assert.match(stdout, /✗ a failed\. The stage waits for something that will never happen: /);
  assert.deepEqual(await rig.stored('work'), []);
  assert.deepEqual(await rig.leases(), []);
});

test('waiting for something that happens does not count as waiting for ever', bounded, async () => {
  await using rig = await Rig.create();
  await rig.write('p.yaml', 'stages: {a: {uses: linger}}\n');
  const {code, stdout} = await rig.pipeline('run', 'p.yaml');
  assert.equal(code, 0, stdout);
});
