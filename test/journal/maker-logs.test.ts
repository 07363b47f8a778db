import assert from 'node:assert/strict';
import {test} from 'node:test';
import {MakerLogs} from '../../src/journal/maker-logs.ts';
import {readRun} from '../../src/journal/run-account.ts';
import {CountedCalls} from '../support/rigs/counted-calls.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';
import {begun, done} from '../support/rigs/told-run.ts';
import {tellRun} from '../support/rigs/told-store.ts';

test('the journal of a run that made many results is read for its logs once', async () => {
  await using folder = await TemporaryFolder.createInMemory();
  const store = {root: folder.path};
  const made = ['a', 'bb', 'ccc'];
  const run = await tellRun(store, 0, {
    events: made.flatMap((instance) => [begun(instance), done(instance)]),
  });
  const accounts = [...readRun(store, run).instances.values()];
  const makers = new MakerLogs(store);
  using opened = new CountedCalls('openSync');
  assert.deepEqual(
    accounts.map((account) => makers.of(account)),
    made.map((instance) => ({
      kind: 'run',
      run,
      instance,
      logs: [`runs/told/logs/${instance.length}.log`],
    })),
  );
  // Once for who made what, and once for the logs.
  assert.equal(opened.take(), 2);
});
