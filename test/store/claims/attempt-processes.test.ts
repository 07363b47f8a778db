import assert from 'node:assert/strict';
import {spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {existsSync} from 'node:fs';
import {test, type TestOptions} from 'node:test';
import {attemptVariable} from '../../../src/contract/command.ts';
import {
  endProcess,
  endProcesses,
  ProcessSnapshot,
} from '../../../src/store/claims/attempt-processes.ts';
import {processIdentity} from '../../../src/store/claims/process-identity.ts';
import {readProcess} from '../../../src/store/claims/process-table.ts';
import {hasEnded} from '../../support/rigs/has-ended.ts';

const linux: TestOptions = {skip: !existsSync('/proc/self/environ') && 'there is no /proc'};

/** Starts a program that waits until it is ended, with an attempt in its environment. */
async function idle(attempt: string | undefined): Promise<ChildProcess> {
  const env = {
    PATH: process.env['PATH'],
    ...(attempt !== undefined && {[attemptVariable]: attempt}),
  };
  const child = spawn('sleep', ['60'], {env, stdio: 'ignore', detached: true});
  await once(child, 'spawn');
  return child;
}

/** Gives a name that no other test uses. */
function name(): string {
  return `${process.pid}-${performance.now()}`;
}

test('the processes of one attempt are ended, and no others', linux, async () => {
  const attempt = name();
  const [mine, longer, unnamed] = [
    await idle(attempt),
    await idle(`${attempt}0`),
    await idle(undefined),
  ];
  try {
    const ended = once(mine, 'exit');
    await endProcesses(attempt);
    assert.deepEqual(await ended, [null, 'SIGKILL']);
    assert.deepEqual([longer.exitCode, longer.signalCode], [null, null]);
    assert.deepEqual([unnamed.exitCode, unnamed.signalCode], [null, null]);
  } finally {
    for (const child of [longer, unnamed]) child.kill('SIGKILL');
  }
});

test('the process that ends the others is spared', linux, async () => {
  const attempt = name();
  const [self, other] = [await idle(attempt), await idle(attempt)];
  try {
    const ended = once(other, 'exit');
    await endProcesses(attempt, {self: self.pid!});
    await ended;
    assert.deepEqual([self.exitCode, self.signalCode], [null, null]);
  } finally {
    self.kill('SIGKILL');
  }
});

test(
  'a leader that is known is ended whatever its environment says, and not one that has its number',
  linux,
  async () => {
    const child = await idle(undefined);
    const leader = processIdentity(child.pid!);
    const later = {...leader, startTime: `${leader.startTime}1`};
    await endProcesses(name(), {leader: later});
    assert.equal(child.signalCode, null);
    const ended = once(child, 'exit');
    await endProcesses(name(), {leader});
    await ended;
  },
);

test('an attempt without a name has no processes', linux, async () => {
  const unnamed = [await idle(undefined), await idle('')];
  try {
    for (const attempt of ['', undefined as unknown as string]) {
      assert.deepEqual(ProcessSnapshot.take()!.processesOf(attempt), []);
    }
  } finally {
    for (const child of unnamed) child.kill('SIGKILL');
  }
});

test('processes that go on starting others are ended too', linux, async () => {
  const attempt = name();
  const script = 'n=0; while [ $n -lt 500 ]; do n=$((n+1)); setsid sleep 60 & done; wait';
  const env = {PATH: process.env['PATH'], [attemptVariable]: attempt};
  const child = spawn('sh', ['-c', script], {env, stdio: 'ignore', detached: true});
  await once(child, 'spawn');
  while (ProcessSnapshot.take()!.processesOf(attempt).length < 20);
  await endProcesses(attempt);
  assert.deepEqual(ProcessSnapshot.take()!.processesOf(attempt), []);
});

test(
  'a process is found by the group of one that is, without environment or parent',
  linux,
  async () => {
    const attempt = name();
    const env = {PATH: process.env['PATH'], [attemptVariable]: attempt};
    // The inner shell ends, so that none of the attempt's processes is the program's parent.
    const script = '(env -i sleep 60 >/dev/null & echo $!); exec sleep 60 >/dev/null';
    const leader = spawn('sh', ['-c', script], {
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    });
    const [told] = (await once(leader.stdout, 'data')) as [Buffer];
    const orphan = Number(told.toString());
    assert.equal(readProcess(orphan)?.group, leader.pid);
    await endProcesses(attempt);
    assert.ok(await hasEnded(orphan));
  },
);

test('a process that has reused a number is spared', linux, async () => {
  const child = await idle(undefined);
  const entry = readProcess(child.pid!)!;
  const ended = once(child, 'exit');
  endProcess({...entry, startTime: `${entry.startTime}1`});
  child.kill('SIGTERM');
  assert.deepEqual(await ended, [null, 'SIGTERM']);
});
