import assert from 'node:assert/strict';
import {chmod, mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import * as fc from 'fast-check';
import type {Instance, Resources} from '../../../src/pipeline/instance.ts';
import {DevicePool} from '../../../src/executors/local/device-pool.ts';
import {chooseGpus} from '../../../src/executors/local/discover-gpus.ts';
import type {Gpu} from '../../../src/executors/local/gpu.ts';
import {GpuClaims, findClaims} from '../../../src/executors/local/gpu-claims.ts';
import {underLock} from '../../../src/executors/local/host-lock.ts';
import {listGpus, parseList} from '../../../src/executors/local/nvidia-smi.ts';
import {RunQueue, type Start, type Task} from '../../../src/schedule/run-queue.ts';
import {processIdentity} from '../../../src/store/process-identity.ts';
import {TemporaryFolder} from '../../support/temporary-folder.ts';

function gpusOf(count: number): readonly Gpu[] {
  return Array.from({length: count}, (_, index) => ({token: `${index}`, identity: `GPU-${index}`}));
}

interface Numbered extends Task {
  readonly number: number;
  readonly rank: number;
}

function taskOf(number: number, resources: Resources, rank: number): Numbered {
  const instance = {id: `task ${number}`, resources} as unknown as Instance;
  return {number, rank, instance, reasons: []} as unknown as Numbered;
}

const resources = fc.oneof(
  fc.record({device: fc.integer({min: 1, max: 3})}),
  fc.record({gpu: fc.integer({min: 1, max: 3})}),
  fc.record({gpu: fc.constantFrom(0.1, 0.25, 1 / 3, 0.5, 0.7)}),
  fc.constant({}),
);

/** How full each device of these starts is. */
function usage(running: readonly Start[]): ReadonlyMap<string, number> {
  const used = new Map<string, number>();
  for (const {grant} of running) {
    const shares = grant.shares.map(({gpu, amount}) => [gpu.token, amount] as const);
    const slots = grant.slots.map((slot) => [`cpu:${slot}`, 1] as const);
    for (const [name, amount] of [...shares, ...slots]) {
      used.set(name, (used.get(name) ?? 0) + amount);
    }
  }
  return used;
}

test('whatever comes and goes, no device is given out twice, every task gets its turn, and all comes back', () => {
  const steps = fc.array(
    fc.oneof(
      fc.record({add: resources, rank: fc.integer({min: 0, max: 5})}),
      fc.record({end: fc.nat()}),
    ),
    {maxLength: 60},
  );
  fc.assert(
    fc.property(steps, (steps) => {
      const pool = new DevicePool(3);
      pool.addGpus(gpusOf(3));
      const queue = new RunQueue((task) => (task as Numbered).rank, pool);
      const running: Start[] = [];
      let started = 0;
      const startAll = (): void => {
        for (let next = queue.take(); next !== undefined; next = queue.take()) {
          running.push(next);
          started++;
        }
        for (const amount of usage(running).values()) assert.ok(amount <= 1 + 1e-9);
      };
      let added = 0;
      for (const step of steps) {
        if ('add' in step) queue.add(taskOf(added++, step.add, step.rank));
        else if (running.length > 0) {
          pool.release(running.splice(step.end % running.length, 1)[0]!.grant);
        }
        startAll();
      }
      while (running.length > 0) {
        pool.release(running.shift()!.grant);
        startAll();
      }
      assert.equal(started, added);
      assert.ok(queue.isEmpty);
      // All three GPUs and all three slots can be had whole again.
      assert.equal(pool.acquire({kind: 'gpu', amount: 3}).kind, 'granted');
      assert.equal(pool.acquire({kind: 'cpu', amount: 3}).kind, 'granted');
    }),
    {numRuns: 300},
  );
});

test('a task that needs all GPUs is passed by as many smaller ones as there are GPUs, and by no more', () => {
  fc.assert(
    fc.property(fc.integer({min: 2, max: 6}), fc.infiniteStream(fc.nat()), (count, choices) => {
      const pool = new DevicePool(1);
      pool.addGpus(gpusOf(count));
      const queue = new RunQueue((task) => (task as Numbered).rank, pool);
      const running: Start[] = [];
      queue.add(taskOf(0, {gpu: 1}, 9));
      running.push(queue.take()!);
      queue.add(taskOf(1, {gpu: count}, 5));
      let number = 2;
      let passed = 0;
      for (;;) {
        // There is always another small one, and something always ends.
        queue.add(taskOf(number++, {gpu: 1}, 1));
        let next = queue.take();
        for (; next !== undefined && (next.task as Numbered).number !== 1; next = queue.take()) {
          running.push(next);
          passed++;
        }
        if (next !== undefined) break;
        const {value} = choices.next() as {value: number};
        pool.release(running.splice(value % running.length, 1)[0]!.grant);
      }
      assert.ok(passed <= count, `passed by ${passed}`);
    }),
  );
});

test('ten tenths are one GPU, and leave nothing behind', () => {
  const pool = new DevicePool(1);
  pool.addGpus(gpusOf(1));
  const grants = Array.from({length: 10}, () => pool.acquire({kind: 'gpu', amount: 0.1}));
  assert.ok(grants.every(({kind}) => kind === 'granted'));
  assert.equal(pool.acquire({kind: 'gpu', amount: 0.1}).kind, 'short');
  for (const acquired of grants) if (acquired.kind === 'granted') pool.release(acquired.grant);
  assert.equal(pool.acquire({kind: 'gpu', amount: 1}).kind, 'granted');
});

test('claims of two runs never overlap, and those of dead processes do not count', async () => {
  await using folder = await TemporaryFolder.create();
  const host = {path: folder.path};
  const gpus = gpusOf(2);
  const me = processIdentity(process.pid);
  const claimsOf = (): readonly [DevicePool, GpuClaims] => {
    const pool = new DevicePool(1);
    const claims = new GpuClaims(host, me, gpus);
    pool.addGpus(gpus, claims);
    return [pool, claims];
  };
  const [[one, mine], [two]] = [claimsOf(), claimsOf()];
  const half = one.acquire({kind: 'gpu', amount: 0.5});
  const other = two.acquire({kind: 'gpu', amount: 1});
  assert.ok(half.kind === 'granted' && other.kind === 'granted');
  assert.deepEqual([half.grant.devices, other.grant.devices], [['gpu:0'], ['gpu:1']]);
  assert.deepEqual(two.acquire({kind: 'gpu', amount: 1}), {kind: 'held', by: [me.pid]});
  assert.deepEqual(one.acquire({kind: 'gpu', amount: 1}), {kind: 'held', by: [me.pid]});
  assert.equal(two.acquire({kind: 'gpu', amount: 0.5}).kind, 'granted');
  assert.equal(findClaims(host).length, 3);
  // The worker that it went to is dead: nobody has to give anything back.
  mine.entrust(half.grant.claim!, [{...me, startTime: '1'}, me]);
  assert.equal(findClaims(host).length, 3, 'its program lives');
  mine.entrust(half.grant.claim!, [{...me, startTime: '1'}]);
  assert.equal(findClaims(host).length, 2);
  const [three] = claimsOf();
  assert.equal(three.acquire({kind: 'gpu', amount: 0.5}).kind, 'granted');
});

test('the lock is held by one, passes on when it is given back, and does not outlive its process', async () => {
  await using folder = await TemporaryFolder.create();
  const lock = folder.file('lock');
  const me = processIdentity(process.pid);
  const inner = underLock(lock, me, () => underLock(lock, me, () => 'inner'));
  assert.deepEqual(inner, {kind: 'done', value: {kind: 'busy'}});
  assert.throws(() => underLock(lock, me, () => assert.fail('thrown within')), /thrown within/);
  assert.deepEqual(
    underLock(lock, me, () => 'next'),
    {kind: 'done', value: 'next'},
  );
  // A process that died in the middle: it is named, and nobody gave the lock back.
  await writeFile(path.join(lock, '99'), JSON.stringify({...me, startTime: '1'}));
  assert.deepEqual(
    underLock(lock, me, () => 'after'),
    {kind: 'done', value: 'after'},
  );
  await writeFile(path.join(lock, '200'), JSON.stringify(me));
  assert.deepEqual(
    underLock(lock, me, () => 'never'),
    {kind: 'busy'},
  );
});

test('an nvidia-smi that hangs, with something it has started, is given up', async () => {
  await using folder = await TemporaryFolder.create();
  await mkdir(folder.file('bin'));
  await writeFile(folder.file('bin/nvidia-smi'), '#!/bin/sh\nsleep 1000\n');
  await chmod(folder.file('bin/nvidia-smi'), 0o755);
  const environment = {PATH: `${folder.file('bin')}:${process.env['PATH']}`};
  assert.deepEqual(await listGpus(environment, 200), {
    kind: 'failed',
    message: 'gave no answer within 0.2 s',
  });
  assert.deepEqual(await listGpus({PATH: folder.file('none')}), {kind: 'absent'});
});

test('lists of GPUs are read as nvidia-smi writes them, or not at all', () => {
  const list = parseList('0, GPU-8f6c, NVIDIA H100 80GB HBM3, 81559\n1, GPU-01ab, A, B, [N/A]\n');
  assert.deepEqual(list, {
    kind: 'listed',
    gpus: [
      {index: 0, uuid: 'GPU-8f6c', name: 'NVIDIA H100 80GB HBM3', memoryMiB: 81559},
      {index: 1, uuid: 'GPU-01ab', name: 'A, B'},
    ],
  });
  assert.deepEqual(parseList(''), {kind: 'listed', gpus: []});
  assert.equal(parseList('0, GPU-8f6c, A, 1\nNo devices were found').kind, 'failed');
});

test('a list of tokens ends at the first that names nothing; UUIDs may be cut short where that is clear', () => {
  const list = parseList('0, GPU-aa11, A, 1\n1, GPU-aa22, A, 1\n');
  const chosen = (...tokens: readonly string[]): readonly string[] =>
    chooseGpus(tokens, list).gpus.map(({identity}) => identity);
  assert.deepEqual(chosen('1', '0'), ['GPU-aa22', 'GPU-aa11']);
  assert.deepEqual(chosen('GPU-aa1', '1'), ['GPU-aa11', 'GPU-aa22']);
  assert.deepEqual(chosen('GPU-aa', '1'), []);
  assert.deepEqual(chosen('0', '2', '1'), ['GPU-aa11']);
  assert.deepEqual(chosen('0', '-1', '1'), ['GPU-aa11']);
  assert.deepEqual(chosen('0', 'GPU-AA11'), ['GPU-aa11']);
  assert.deepEqual(chooseGpus(['5', 'MIG-1'], {kind: 'absent'}).gpus.length, 2);
  const noted = (...tokens: readonly string[]): unknown => chooseGpus(tokens, list).notes;
  assert.deepEqual(noted('2'), ['The list ends before "2": nvidia-smi lists 0, 1.']);
  assert.deepEqual(noted('GPU-aa'), [
    'The list ends before "GPU-aa": 2 of those that nvidia-smi lists begin with it.',
  ]);
  assert.deepEqual(noted('GPU-b'), [
    'The list ends before "GPU-b": nvidia-smi lists GPU-aa11, GPU-aa22.',
  ]);
});
