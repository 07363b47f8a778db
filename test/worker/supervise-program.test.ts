import assert from 'node:assert/strict';
import {kill} from 'node:process';
import {test} from 'node:test';
import {setTimeout} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {readProcess} from '../../src/store/claims/process-table.ts';
import {superviseProgram} from '../../src/worker/supervise-program.ts';
import {Gate} from '../support/program/gate.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

const gateProgram = fileURLToPath(new URL('../support/program/gate-program.js', import.meta.url));

test('a program that does not end when it is asked to is ended when its time is up', async () => {
  await using folder = await TemporaryFolder.create();
  await using gate = await Gate.open(folder.path);
  const stopping = new AbortController();
  const groups: (number | undefined)[] = [];
  const end = superviseProgram({
    program: 'node',
    file: process.execPath,
    args: [gateProgram, gate.path, 'deaf', 'deaf'],
    folder: folder.path,
    environment: {},
    stopping: stopping.signal,
    graceMs: 1,
    onGroup: (leader) => {
      groups.push(leader);
      return Promise.resolve();
    },
  });
  const {pid, gone} = await gate.arrival();
  stopping.abort();
  await assert.rejects(end, (error) => error === stopping.signal.reason);
  await gone;
  assert.deepEqual(groups, [pid, undefined]);
});

test('a program that a signal to all has ended before its worker hears of it was stopped, and did not fail', async () => {
  const stopping = new AbortController();
  let resolve: (leader: number) => void = () => undefined;
  const led = new Promise<number>((resolved) => (resolve = resolved));
  const end = superviseProgram({
    program: 'sleep',
    file: '/bin/sleep',
    args: ['600'],
    folder: '/',
    environment: {},
    stopping: stopping.signal,
    graceMs: 1,
    onGroup: (leader) => {
      if (leader !== undefined) resolve(leader);
      return Promise.resolve();
    },
  });
  const ended = assert.rejects(end, (error) => error === stopping.signal.reason);
  const leader = await led;
  kill(leader, 'SIGTERM');
  while (readProcess(leader) !== undefined) await setTimeout(1);
  stopping.abort();
  await ended;
});

test('a program is not started once the run wants to stop', async () => {
  const end = superviseProgram({
    program: 'none',
    file: '/nowhere/at/all',
    args: [],
    folder: '/',
    environment: {},
    stopping: AbortSignal.abort('stopped'),
    graceMs: 1,
    onGroup: () => Promise.resolve(),
  });
  await assert.rejects(end, (error) => error === 'stopped');
});
