import assert from 'node:assert/strict';
import type {ChildProcess} from 'node:child_process';
import {after, before, test} from 'node:test';
import {assertFinished, eventsOf, RealProgram, startedIn} from '../support/program/real-program.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

/** The quickstart with budgets that take seconds. With so few digits, the step size must be fixed. */
const small = {experts: 1, images: 64, iterations: 8, trials: 1, epochs: 1, stepSizeRate: 0};

let folder: TemporaryFolder;
let quickstart: RealProgram;
before(async () => {
  folder = await TemporaryFolder.create();
  quickstart = new RealProgram(folder.path, 'pipelines/quickstart.yaml');
});
after(async () => folder[Symbol.asyncDispose]());

function start(store: string, changes: Partial<typeof small> = {}): ChildProcess {
  return quickstart.start(store, {...small, ...changes});
}

const networks = ['ConvNetD2W16,rate=learned', 'LeNet,rate=0.01', 'MLP,rate=0.01'];
const scores = (set: string): readonly string[] =>
  networks.map((name) => `${set}-scores[model=${name}]`);
const afterBuffers = [
  'distilled',
  'random',
  'table',
  ...scores('distilled'),
  ...scores('random'),
].sort();

test('the quickstart runs every stage, then nothing, and plans what a changed parameter reaches', async () => {
  const cold = await eventsOf(start('straight'));
  assertFinished(cold);
  const first = ['mnist', 'normalised', 'expert[expert=0]', 'buffers'];
  assert.deepEqual(startedIn(cold), [...first, ...afterBuffers].sort());

  const again = await eventsOf(start('straight'));
  assertFinished(again);
  assert.deepEqual(startedIn(again), []);

  const reached = quickstart.planned('straight', {...small, epochs: 2});
  assert.deepEqual(reached, ['table', ...scores('distilled'), ...scores('random')].sort());
});

test('killed in the middle of distillation, the next run continues from a checkpoint to the same bytes', async () => {
  const child = start('killed');
  await eventsOf(
    child,
    (event) =>
      event.kind === 'progress' &&
      String(event.instance) === 'distilled' &&
      event.progress.done >= 4,
  );
  await quickstart.kill(child, 'killed');

  // Without the evaluations, which take most of the time.
  const resumed = await eventsOf(quickstart.start('killed', small, 'distilled', 'random'));
  assertFinished(resumed);
  assert.ok(
    resumed.some((event) => event.kind === 'resumed' && String(event.instance) === 'distilled'),
  );
  assert.deepEqual(startedIn(resumed), ['distilled', 'random']);
  const [straight, killed] = [
    await quickstart.outputs('straight'),
    await quickstart.outputs('killed'),
  ];
  for (const [key, digests] of killed) assert.equal(digests, straight.get(key), key);
  assert.equal(killed.size, 6);
});
