import assert from 'node:assert/strict';
import {test} from 'node:test';
import {RunAccount} from '../../../src/journal/run-account.ts';
import type {InstanceId} from '../../../src/pipeline/graph/instance.ts';
import {statusText} from '../../../src/report/text/status-text.ts';
import {clusterStart, first, joined} from '../../support/rigs/cluster-run.ts';
import {begun, partsOf, runStart, toldAt} from '../../support/rigs/told-run.ts';

test('what a stopped run of an earlier version suspended before its start counts as not started', async () => {
  const [a, b] = ['a', 'b'] as InstanceId[];
  const events = [
    ...runStart([{name: 'a'}, {name: 'b'}, {name: 'c'}]),
    ...toldAt(
      [10, begun('a')],
      [20, {kind: 'suspended', instance: a!}],
      [20, {kind: 'suspended', instance: b!}],
    ),
  ];
  const run = new RunAccount({root: '/'}, 'told');
  for (const event of events) run.add(event);
  const text = statusText(run, {
    columns: 80,
    nowMs: 0,
    workers: new Map(),
    silentMsOf: () => undefined,
    again: 'again',
    follow: '',
    attach: '',
    logOf: () => undefined,
  });
  assert.match(text, /\n {2}3 instances: 1 suspended, 2 not started\.\n\nSuspended\n {2}‖ a\n\n/);
  const {overview} = await partsOf(events, {root: '/nowhere'});
  assert.deepEqual(overview.counts, {suspended: 1, unstarted: 2});
});

test('of a run on a cluster that nobody ends any more, the command that does is told', () => {
  const run = new RunAccount({root: '/'}, 'told');
  const events = [[0, clusterStart(1)] as const, [5, joined(first, {isAlive: false})] as const];
  for (const event of toldAt(...events)) run.add(event);
  const text = statusText(run, {
    columns: 80,
    nowMs: 0,
    workers: new Map(),
    silentMsOf: () => undefined,
    again: 'again',
    follow: 'follow',
    attach: 'attach',
    logOf: () => undefined,
  });
  assert.match(
    text,
    /\n\nNo process is left that ends this run\. To continue or end it: attach\n$/,
  );
});
