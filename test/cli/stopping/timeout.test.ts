import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Gate} from '../../support/program/gate.ts';
import {Rig} from '../../support/program/rig.ts';

const churn = (gate: string, timeout: string): string =>
  `stages: {long: {uses: churn, with: {text: seed, steps: 200, stopAt: 4, gate: "${gate}"}, timeout: ${timeout}, retry: 3}}\n`;

test('an instance that exceeds its timeout saves a checkpoint, fails, and continues when it is given more time', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  await rig.write('p.yaml', churn(gate.path, '1s'));
  const program = rig.start(['run', 'p.yaml']);
  const arrival = gate.arrival();
  await program.line('! long  has taken 1.0 s, which is its timeout');
  // The stage may reach the gate before its timeout, or only when it resumes. Either way the gate opens.
  void arrival.then((stage) => stage.let('go'));
  const {code, stdout} = await program.finished;
  assert.equal(code, 1);
  assert.match(
    stdout,
    /✗ long failed\. It took longer than its timeout of 1\.0 s\. If it saved a checkpoint, /,
  );
  const events = await rig.events();
  assert.ok(events.every(({kind}) => kind !== 'retrying'));
  assert.equal((await rig.stored('checkpoints')).length > 0, true);

  await rig.write('p.yaml', churn(gate.path, '1h'));
  assert.equal((await rig.pipeline('run', 'p.yaml')).code, 0);
  assert.ok((await rig.events()).some(({kind}) => kind === 'resumed'));
});

test('an instance that does not stop when it is asked to is ended', async () => {
  await using rig = await Rig.create();
  await using gate = await Gate.open(rig.folder);
  // A stage that waits at the gate does not react to a request to stop.
  await rig.write(
    'p.yaml',
    `stages: {deaf: {uses: say, with: {text: a, gate: "${gate.path}"}, timeout: 0.5s, retry: 3}}\n`,
  );
  const {code, stdout} = await rig.pipeline('run', 'p.yaml', '--stop-within', '0.1s');
  assert.equal(code, 1);
  assert.match(
    stdout,
    /✗ deaf failed\. It took longer than its timeout of 500 ms\. It did not stop within 100 ms and was ended: /,
  );
  assert.deepEqual(await rig.stored('records'), []);
});

test('an instance that ends in time is not affected by its timeout', async () => {
  await using rig = await Rig.create();
  await rig.write('p.yaml', 'stages: {a: {uses: say, with: {text: a}, timeout: 1h}}\n');
  assert.equal((await rig.pipeline('run', 'p.yaml')).code, 0);
});
