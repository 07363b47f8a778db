import assert from 'node:assert/strict';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {Gate} from '../../support/program/gate.ts';
import {Rig} from '../../support/program/rig.ts';

/** The time limit of each test. A failing test would wait for ever. */
const bounded = {timeout: 60_000};

const gateProgram = fileURLToPath(
  new URL('../../support/program/gate-program.js', import.meta.url),
);
const run = ['run', 'p.yaml', '--stop-within', '0.2s'];
const ended =
  '‖ a  did not stop within 200 ms; it was ended. Its work since the last checkpoint is lost.\n';

test(
  'a stage that does not stop is ended when its time is up, and goes on from its checkpoint in the next run',
  bounded,
  async () => {
    await using rig = await Rig.create();
    await using gate = await Gate.open(rig.folder);
    const params = `{text: seed, steps: 9, stopAt: 4, gate: "${gate.path}"}`;
    await rig.write('p.yaml', `stages: {a: {uses: churn, with: ${params}}}\n`);
    const program = rig.start(run);
    // A stage that waits at the gate does not react to a request to stop.
    const {gone} = await gate.arrival();
    program.kill('SIGTERM');
    const {code, stdout, stderr} = await program.finished;
    await gone;
    assert.equal(code, 75, stdout);
    assert.ok(stdout.includes(ended), stdout);
    assert.match(stderr, /^Stopping: stages have 200 ms to save a checkpoint\. /);
    const status = await rig.pipeline('status');
    assert.match(status.stdout, /‖ a: did not stop within 200 ms; it was ended\./);

    const again = rig.start(run);
    (await gate.arrival()).let('go');
    assert.equal((await again.finished).code, 0);
    assert.ok((await rig.events()).some(({kind}) => kind === 'resumed'));
  },
);

test(
  'a program that does not stop is ended with its worker and with all processes it started',
  bounded,
  async () => {
    await using rig = await Rig.create();
    await using gate = await Gate.open(rig.folder);
    const script = 'node "$1" "$2" child deaf & exec node "$1" "$2" own deaf';
    const command = JSON.stringify(['sh', '-c', script, 'sh', gateProgram, gate.path]);
    await rig.write('p.yaml', `stages: {a: {run: ${command}, outputs: {out: text}}}\n`);
    const program = rig.start(run);
    const arrivals = [await gate.arrival(), await gate.arrival()];
    program.kill('SIGINT');
    const {code, stdout} = await program.finished;
    assert.equal(code, 75, stdout);
    assert.ok(stdout.includes(ended), stdout);
    await Promise.all(arrivals.map(({gone}) => gone));
  },
);

test('--stop-within must be a time', bounded, async () => {
  await using rig = await Rig.create();
  for (const text of ['5', '0s', 'soon', '25d']) {
    const {code, stderr} = await rig.pipeline('run', 'p.yaml', '--stop-within', text);
    assert.equal(code, 2);
    assert.match(stderr, /It must be a time such as 90s, 5m or 1h, and at most 24d\./);
  }
});
