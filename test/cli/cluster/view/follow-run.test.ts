import assert from 'node:assert/strict';
import {test} from 'node:test';
import {followRun} from '../../../../src/cli/cluster/view/follow-run.ts';
import type {Pool} from '../../../../src/cluster/cluster.ts';
import type {ClusterEngine} from '../../../../src/cluster/engine.ts';
import {Recruiter} from '../../../../src/cluster/recruiter.ts';
import {clusterStart, writeClusterRun} from '../../../support/rigs/cluster-run.ts';
import {TemporaryFolder} from '../../../support/rigs/temporary-folder.ts';

function poolOf(name: string): Pool {
  return {name, max: 1, gpus: 0, takes: ['cpu'], partition: [], extra: []};
}

test('a run whose members wait in one pool does not end because another pool is refused', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  await writeClusterRun(store, [[0, clusterStart(1)]]);
  const leave = new AbortController();
  const told: string[] = [];
  let submissions = 0;
  let ends = 0;
  const engine: ClusterEngine = {
    submit: ({pool, members}) => {
      submissions++;
      return Promise.resolve(
        pool.name === 'closed'
          ? {kind: 'refused', message: 'Slurm refuses: the partition is down.'}
          : {kind: 'submitted', job: '7', members},
      );
    },
    list: () => {
      if (submissions === 0) return Promise.resolve([]);
      leave.abort();
      return Promise.resolve([{job: '7', state: 'waiting', word: 'PENDING'}]);
    },
    cancel: () => assert.fail('nobody has asked for it'),
    commandFor: () => [],
  };
  const recruiter = new Recruiter({
    engine,
    run: 'told',
    title: 'Slurm',
    submissionFor: (pool, members) => {
      return {run: 'told', pool, members, script: '/s', logs: '/l', variables: []};
    },
    emit: () => undefined,
    tell: (line) => told.push(line),
    askMs: 0,
  });
  const needed = new Map([poolOf('open'), poolOf('closed')].map((pool) => [pool, 1]));
  const never = new AbortController().signal;
  const {end} = await followRun({
    run: 'told',
    store,
    crew: {
      recruiter,
      endsAtFailure: true,
      tell: (line) => told.push(line),
      need: () => Promise.resolve(needed),
      stop: () => assert.fail('nobody has asked for it'),
      cancel: () => assert.fail('nobody has asked for it'),
      close: () => Promise.resolve(void ends++),
    },
    requests: {
      stopSignal: never,
      cancelSignal: never,
      leaveSignal: leave.signal,
      release: () => undefined,
    },
    onEvent: () => undefined,
  });
  assert.deepEqual({end, ends, submissions}, {end: 'left', ends: 0, submissions: 2});
  assert.ok(told.includes('! Slurm refuses: the partition is down.\n'), told.join(''));
});
