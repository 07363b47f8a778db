/** Tests that an instance goes on from a stored result that has less, to the bytes that it gives anew. */
import assert from 'node:assert/strict';
import {chmod, readFile, rm, utimes, writeFile} from 'node:fs/promises';
import {test} from 'node:test';
import {setTimeout} from 'node:timers/promises';
import type {CostModels} from '../../src/contract/cost.ts';
import type {InstanceId} from '../../src/pipeline/graph/instance.ts';
import {Estimator} from '../../src/plan/estimator.ts';
import {planCosts} from '../../src/plan/plan-costs.ts';
import {planGraph} from '../../src/plan/plan-graph.ts';
import {findActivity} from '../../src/store/claims/activity.ts';
import {blobPath, recordPath} from '../../src/store/layout.ts';
import type {StageRecord} from '../../src/store/records/record.ts';
import {stampMs} from '../../src/store/artifacts/stamp.ts';
import {counting, models} from '../support/registries/counting-registry.ts';
import {loadChoice, runInProcess} from '../support/rigs/run-in-process.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

interface Counted {
  readonly made: readonly number[];
  readonly record: StageRecord;
  readonly text: string;
  readonly reasons: readonly {readonly kind: string}[];
  readonly warnings: readonly string[];
}

const id = 'a' as InstanceId;

interface Given {
  readonly forced?: true;
  readonly engine?: string;
  readonly onLine?: (line: number) => void | Promise<void>;
}

/** Runs a pipeline, and gives the lines that its instance `a` made by itself. */
async function count(store: string, pipeline: string, given: Given = {}): Promise<Counted> {
  const made: number[] = [];
  const {records, events, outcome} = await runInProcess({
    files: {'p.yaml': `stages:\n${pipeline}`},
    store,
    stageTypes: counting(async (line) => {
      made.push(line);
      await given.onLine?.(line);
    }),
    ...(given.engine !== undefined && {engine: given.engine}),
    ...(given.forced && {wishes: {force: ['a']}}),
  });
  assert.equal(outcome, 'ok');
  const record = records.get(id)!;
  const {digest} = record.outputs['out']!.artifacts[0]!;
  const started = events.find((event) => event.kind === 'started' && event.instance === id);
  return {
    made,
    record,
    text: await readFile(blobPath({root: store}, digest), 'utf8'),
    reasons: started?.kind === 'started' ? started.reasons : [],
    warnings: events.flatMap((event) => (event.kind === 'warned' ? [event.sentence] : [])),
  };
}

/** Runs a pipeline, and stops it before it makes a line. */
async function stopAt(last: number, store: string, pipeline: string): Promise<void> {
  let stopRun = (): void => undefined;
  const {outcome} = await runInProcess({
    files: {'p.yaml': `stages:\n${pipeline}`},
    store,
    stageTypes: counting((line) => (line === last ? stopRun() : undefined)),
    onEvent: (_event, stop) => (stopRun = stop),
  });
  assert.equal(outcome, 'suspended');
}

const alone = (params: string): string => `  a: {uses: count, with: {${params}}}\n`;

test('an instance goes on from the stored result that has the most, to the same bytes', async () => {
  await using folder = await TemporaryFolder.create();
  const store = folder.file('store');
  assert.deepEqual((await count(store, alone('to: 2'))).made, [1, 2]);
  const three = await count(store, alone('to: 3'));
  assert.deepEqual(three.made, [3]);
  await count(store, alone('to: 9'));
  const five = await count(store, alone('to: 5'));
  assert.deepEqual(five.made, [4, 5], 'not from one with more');
  assert.equal(five.record.provenance['goesOnFrom'], three.record.key);
  const {digest} = three.record.outputs['out']!.artifacts[0]!;
  assert.deepEqual(five.reasons.at(-1), {
    kind: 'goes-on',
    by: 'to',
    from: 3,
    key: three.record.key,
    digest,
  });

  const anew = await count(folder.file('other'), alone('to: 5'));
  assert.deepEqual(anew.made, [1, 2, 3, 4, 5]);
  assert.equal(anew.record.key, five.record.key);
  assert.equal(anew.text, five.text);
  assert.equal('goesOnFrom' in anew.record.provenance, false);
});

/** What is stored first, what runs after it, and what happens in between. */
const others: Readonly<
  Record<
    string,
    {
      readonly first?: string;
      readonly second?: string;
      readonly forced?: true;
      readonly happen?: (store: string, first: StageRecord) => Promise<unknown>;
    }
  >
> = {
  'another parameter differs': {first: alone('to: 2, word: row')},
  'its contract finds a fault with it': {
    first: alone('to: 2, word: once'),
    second: alone('to: 3, word: once'),
  },
  'another input differs': {
    first: alone('to: 2'),
    second: `  b: {uses: count, with: {to: 1, word: other}}\n  a: {uses: count, with: {to: 3}, inputs: {of: b.out}}\n`,
  },
  'it is forced': {forced: true},
  'the record of the other result is gone': {
    happen: (store, {key}) => rm(recordPath({root: store}, key)),
  },
  'the artifact of the other result is gone': {
    happen: (store, record) => rm(artifactOf(store, record)),
  },
  'a byte of that artifact flipped without the file system noticing': {
    happen: async (store, record) => {
      const file = artifactOf(store, record);
      await chmod(file, 0o644);
      await writeFile(file, (await readFile(file, 'utf8')).replace('1', '7'));
      await utimes(file, stampMs / 1000, stampMs / 1000);
    },
  },
};

function artifactOf(store: string, {outputs}: StageRecord): string {
  return blobPath({root: store}, outputs['out']!.artifacts[0]!.digest);
}

for (const [what, {first = alone('to: 2'), second = alone('to: 3'), ...given}] of Object.entries(
  others,
)) {
  test(`an instance begins anew if ${what}`, async () => {
    await using folder = await TemporaryFolder.create();
    const store = folder.file('store');
    const {record} = await count(store, first);
    await given.happen?.(store, record);
    const {made, record: now} = await count(store, second, given);
    assert.deepEqual(made.slice(-3), [1, 2, 3]);
    assert.equal('goesOnFrom' in now.provenance, false);
  });
}

test('an instance whose input is connected takes that', async () => {
  await using folder = await TemporaryFolder.create();
  const store = folder.file('store');
  await count(store, alone('to: 2'));
  const chain = `  b: {uses: count, with: {to: 1}}\n  a: {uses: count, with: {to: 3}, inputs: {begun: b.out}}\n`;
  const {made, record} = await count(store, chain);
  assert.deepEqual(made, [1, 2, 3]);
  assert.equal('goesOnFrom' in record.provenance, false);
});

test('what was damaged is set aside, and the user is warned', async () => {
  await using folder = await TemporaryFolder.create();
  const store = folder.file('store');
  const {record} = await count(store, alone('to: 2'));
  await others['a byte of that artifact flipped without the file system noticing']!.happen!(
    store,
    record,
  );
  const {warnings} = await count(store, alone('to: 3'));
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /was damaged, and set aside \([0-9a-f]{64}\): it begins anew\.$/);
  assert.deepEqual((await count(store, alone('to: 2'))).made, [1, 2], 'it is made again');
});

test('a result of another engine is not gone on from', async () => {
  await using folder = await TemporaryFolder.create();
  const store = folder.file('store');
  await count(store, alone('to: 2'), {engine: 'wasm'});
  assert.deepEqual((await count(store, alone('to: 3'), {engine: 'tfjs'})).made, [1, 2, 3]);
  assert.deepEqual((await count(store, alone('to: 4'), {engine: 'tfjs'})).made, [4]);
});

test('a resumed instance remembers what it went on from', async () => {
  await using folder = await TemporaryFolder.create();
  const store = folder.file('store');
  const {record} = await count(store, alone('to: 2'));
  await stopAt(4, store, alone('to: 5'));
  const {made, record: now, text: bytes} = await count(store, alone('to: 5'));
  assert.deepEqual(made, [5], 'the line at which it was stopped was saved');
  assert.equal(now.provenance['goesOnFrom'], record.key);
  assert.equal(bytes, 'line 1\nline 2\nline 3\nline 4\nline 5\n');
});

test('what an instance goes on from is protected meanwhile', async () => {
  await using folder = await TemporaryFolder.create();
  const store = folder.file('store');
  const {record} = await count(store, alone('to: 2'));
  const inUse: boolean[] = [];
  const {digest} = record.outputs['out']!.artifacts[0]!;
  const onLine = async (): Promise<void> => {
    inUse.push((await findActivity({root: store})).digests.has(digest));
  };
  await count(store, alone('to: 3'), {onLine});
  assert.deepEqual(inUse, [true]);
});

async function costsOf(
  store: string,
  params: string,
  given: {readonly models?: CostModels} = {models},
): Promise<ReturnType<typeof planCosts>> {
  const files = {'p.yaml': `stages:\n${alone(params)}`};
  const {graph} = await loadChoice({files, stageTypes: counting(() => undefined)});
  const setup = {graph, store: {root: store}, slots: 1, isOnGpu: () => false, ...given};
  return planCosts(planGraph(graph, {root: store}), new Estimator(setup));
}

test('a plan counts what is left to do', async () => {
  await using folder = await TemporaryFolder.create();
  const store = folder.file('store');
  await count(store, alone('to: 2'));
  assert.equal((await costsOf(store, 'to: 7')).gpuSeconds, 50);
  assert.equal((await costsOf(store, 'to: 7, word: other')).gpuSeconds, 70);
});

test('durations of results that went on are compared with what they had left to do', async () => {
  await using folder = await TemporaryFolder.create();
  const store = folder.file('store');
  const slow = {onLine: () => setTimeout(20)};
  const two = await count(store, alone('to: 2'), slow);
  const seven = await count(store, alone('to: 7'), slow);
  const expected = async (params: string, given?: object): Promise<number | undefined> =>
    (await costsOf(store, params, given)).plan.get(id)!.expected?.ms;
  // Seven lines took as long as five.
  assert.equal(await expected('to: 8'), Math.round(seven.record.durationMs / 5));
  assert.equal(await expected('to: 10, word: other'), 2 * seven.record.durationMs);
  // Without a model, both tell how long seven lines take.
  const bothMs = two.record.durationMs + seven.record.durationMs;
  assert.equal(await expected('to: 8', {}), Math.round(bothMs / 7));
  assert.equal(await expected('to: 7, word: other', {}), bothMs);
  assert.equal(await expected('to: 6', {}), 2 * two.record.durationMs);
});
