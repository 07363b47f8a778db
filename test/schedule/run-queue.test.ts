import assert from 'node:assert/strict';
import {test} from 'node:test';
import * as fc from 'fast-check';
import {devicesOf, type Gpus} from '../../src/executors/local/devices.ts';
import type {Gpu} from '../../src/executors/local/gpu.ts';
import {spawnWorker} from '../../src/executors/local/spawn-worker.ts';
import {LocalExecutor} from '../../src/executors/local/local-executor.ts';
import type {Instance, Resources} from '../../src/pipeline/graph/instance.ts';
import {findShortage, requestOf} from '../../src/schedule/device-request.ts';
import type {Executor} from '../../src/schedule/executor.ts';
import {RunQueue, type Start, type Task} from '../../src/schedule/run-queue.ts';
import {InProcessExecutor} from '../support/rigs/in-process-executor.ts';
import {registry} from '../support/registries/scripted-registry.ts';

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

function numberOf(start: Start | undefined): number | undefined {
  return (start?.task as Numbered | undefined)?.number;
}

const devices = fc.oneof(
  fc.record({device: fc.integer({min: 1, max: 3})}),
  fc.record({gpu: fc.integer({min: 1, max: 3})}),
  fc.record({gpu: fc.constantFrom(0.1, 0.25, 1 / 3, 0.5, 0.7)}),
  fc.record({cpus: fc.integer({min: 1, max: 9})}),
  fc.constant({}),
);

/** The memory of the machine. */
const memoryBytes = 8;

const memory = fc.option(fc.integer({min: 1, max: 12}), {nil: undefined, freq: 2});
const resources = fc
  .tuple(devices, memory)
  .map(([given, bytes]) => ({...given, ...(bytes !== undefined && {memoryBytes: bytes})}));

const steps = fc.array(
  fc.oneof(
    fc.record({add: resources, rank: fc.integer({min: 0, max: 5})}),
    fc.record({end: fc.nat()}),
  ),
  {maxLength: 60},
);

/** Gives the used share of each device. */
function usage(running: readonly Start[], gpus: number): ReadonlyMap<string, number> {
  const used = new Map<string, number>();
  for (const {task, grant} of running) {
    const {amount} = requestOf(task.instance.resources, {slots: 3, gpus});
    for (const name of grant.devices) used.set(name, (used.get(name) ?? 0) + Math.min(amount, 1));
  }
  return used;
}

/** Whether what runs together fits into the memory: one instance alone may need more. */
function fitsMemory(running: readonly Start[]): boolean {
  const needs = running.flatMap(({task}) => task.instance.resources.memoryBytes ?? []);
  return needs.length < 2 || needs.reduce((sum, bytes) => sum + bytes, 0) <= memoryBytes;
}

/** Gives this machine's executor with this many slots and GPUs, and without other runs. */
async function localWith(slots: number, gpus: number): Promise<Executor> {
  const found: Gpus = {gpus: gpusOf(gpus), source: 'nvidia-smi', why: [], isOdd: false};
  const executor = new LocalExecutor({
    devices: devicesOf({cores: slots, memoryBytes, findGpus: () => Promise.resolve(found)}),
    pid: process.pid,
    workerModule: '',
    spawnWorker,
    workerEnvironment: {},
    countOomKills: () => undefined,
  });
  await executor.findGpus();
  return executor;
}

const executors = {
  'of this machine': {create: () => localWith(3, 3), keepsMemory: true},
  'of this process': {
    create: () => Promise.resolve(new InProcessExecutor(3, registry)),
    keepsMemory: false,
  },
};

for (const [name, {create, keepsMemory}] of Object.entries(executors)) {
  test(`an executor ${name} never grants a device twice, starts every task, and gets all devices back`, async () => {
    const property = fc.asyncProperty(steps, async (steps) => {
      const executor = await create();
      const gpus = executor.capacity('gpu');
      const queue = new RunQueue((task) => (task as Numbered).rank, executor);
      const running: Start[] = [];
      let started = 0;
      const startAll = (): void => {
        for (let next = queue.take(); next !== undefined; next = queue.take()) {
          running.push(next);
          started++;
        }
        for (const amount of usage(running, gpus).values()) assert.ok(amount <= 1 + 1e-9);
        if (keepsMemory) assert.ok(fitsMemory(running));
      };
      let added = 0;
      for (const step of steps) {
        if (!('add' in step))
          running.splice(step.end % (running.length || 1), 1)[0]?.grant.release();
        // A request that exceeds the machine is refused before a run.
        else if (findShortage(step.add, {slots: executor.capacity('cpu'), gpus}) === undefined) {
          queue.add(taskOf(added++, step.add, step.rank));
        }
        startAll();
      }
      while (running.length > 0) {
        running.shift()!.grant.release();
        startAll();
      }
      assert.equal(started, added);
      assert.ok(queue.isEmpty);
      for (const kind of ['cpu', 'gpu'] as const) {
        const amount = executor.capacity(kind);
        const whole = amount === 0 ? undefined : executor.acquire({kind, amount});
        assert.ok(whole === undefined || whole.kind === 'granted', `all ${amount} of ${kind}`);
      }
    });
    await fc.assert(property, {numRuns: 300});
  });
}

test('a task that needs all GPUs is passed by as many smaller ones as there are GPUs, and by no more', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({min: 2, max: 6}),
      fc.infiniteStream(fc.nat()),
      async (count, choices) => {
        const executor = await localWith(1, count);
        const queue = new RunQueue((task) => (task as Numbered).rank, executor);
        const running: Start[] = [];
        queue.add(taskOf(0, {gpu: 1}, 9));
        running.push(queue.take()!);
        queue.add(taskOf(1, {gpu: count}, 5));
        let number = 2;
        let passed = 0;
        for (;;) {
          // Another small instance always arrives, and a running one always ends.
          queue.add(taskOf(number++, {gpu: 1}, 1));
          let next = queue.take();
          for (; next !== undefined && (next.task as Numbered).number !== 1; next = queue.take()) {
            running.push(next);
            passed++;
          }
          if (next !== undefined) break;
          const {value} = choices.next() as {value: number};
          running.splice(value % running.length, 1)[0]!.grant.release();
        }
        assert.ok(passed <= count, `passed by ${passed}`);
      },
    ),
  );
});

test('a task that needs much memory is passed by as many smaller ones as there are slots, and by no more', async () => {
  const executor = await localWith(4, 0);
  const queue = new RunQueue((task) => (task as Numbered).rank, executor);
  const running: Start[] = [];
  queue.add(taskOf(0, {memoryBytes: 3}, 9));
  running.push(queue.take()!);
  queue.add(taskOf(1, {memoryBytes: 7}, 5));
  let passed = 0;
  for (let number = 2; number < 20; number++) {
    queue.add(taskOf(number, {memoryBytes: 3}, 1));
    const next = queue.take();
    if (next === undefined) break;
    assert.notEqual(numberOf(next), 1, 'the memory is not free');
    running.push(next);
    passed++;
    running.shift()!.grant.release();
  }
  assert.equal(passed, 4);
  queue.add(taskOf(20, {}, 1));
  assert.equal(numberOf(queue.take()), 20, 'what needs no memory need not wait');
  for (const {grant} of running) grant.release();
  assert.equal(numberOf(queue.take()), 1);
});

test('a task on a GPU that waits for memory holds back what takes memory on CPUs, once it was passed', async () => {
  const executor = await localWith(4, 1);
  const queue = new RunQueue((task) => (task as Numbered).rank, executor);
  queue.add(taskOf(0, {memoryBytes: 4}, 1));
  const first = queue.take()!;
  queue.add(taskOf(1, {gpu: 1, memoryBytes: 6}, 1));
  queue.add(taskOf(2, {memoryBytes: 2}, 1));
  queue.add(taskOf(3, {memoryBytes: 2}, 1));
  const second = queue.take()!;
  assert.equal(numberOf(second), 2);
  assert.equal(queue.take(), undefined);
  first.grant.release();
  assert.equal(numberOf(queue.take()), 1);
});
