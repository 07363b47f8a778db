/** Tests that an instance waits for another of the same run from whose result it can go on. */
import assert from 'node:assert/strict';
import {chmod, readFile, writeFile} from 'node:fs/promises';
import {test} from 'node:test';
import type {InstanceId} from '../../src/pipeline/graph/instance.ts';
import {Estimator} from '../../src/plan/estimator.ts';
import {History} from '../../src/plan/history.ts';
import {longestChain} from '../../src/plan/longest-chain.ts';
import {planCosts} from '../../src/plan/plan-costs.ts';
import {planGraph, runsAfter} from '../../src/plan/plan-graph.ts';
import {estimate} from '../../src/schedule/estimates/estimate.ts';
import {Forecast} from '../../src/schedule/estimates/forecast.ts';
import {blobPath, recordPath} from '../../src/store/layout.ts';
import {counting, models} from '../support/registries/counting-registry.ts';
import {
  loadChoice,
  runInProcess,
  type InProcessRun,
  type RunInProcess,
} from '../support/rigs/run-in-process.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

/** Runs a pipeline, and gives the lines that its instances made, in order. */
async function count(
  store: string,
  pipeline: string,
  given: Partial<InProcessRun> & {readonly onLine?: (line: number) => void} = {},
): Promise<{readonly made: readonly number[]; readonly ran: RunInProcess}> {
  const made: number[] = [];
  const stageTypes = counting((line) => {
    made.push(line);
    given.onLine?.(line);
  });
  const files = {'p.yaml': `stages:\n${pipeline}`};
  return {made, ran: await runInProcess({files, store, stageTypes, ...given})};
}

async function textOf(store: string, {records}: RunInProcess, id: string): Promise<string> {
  const {digest} = records.get(id as InstanceId)!.outputs['out']!.artifacts[0]!;
  return await readFile(blobPath({root: store}, digest), 'utf8');
}

const lines = (last: number): readonly number[] => Array.from({length: last}, (_, at) => at + 1);

const three = `  a: {uses: count, matrix: {to: [7, 3, 5]}, with: {to: "\${matrix.to}"}}\n`;

/** The same, after an input that is not there yet. */
const later = `  b: {uses: count, with: {to: 1, word: other}}
  a: {uses: count, matrix: {to: [7, 3, 5]}, with: {to: "\${matrix.to}"}, inputs: {of: b.out}}
`;

test('instances of one run go on from each other, to the bytes that each gives alone', async () => {
  await using folder = await TemporaryFolder.create();
  const store = folder.file('store');
  const {made, ran} = await count(store, three);
  assert.equal(ran.outcome, 'ok');
  assert.deepEqual(made, lines(7));
  const keyOf = (id: string): string => ran.records.get(id as InstanceId)!.key;
  const wentFrom = Array.from(ran.records, ([id, {provenance}]) => [id, provenance['goesOnFrom']]);
  assert.deepEqual(Object.fromEntries(wentFrom), {
    'a[to=3]': undefined,
    'a[to=5]': keyOf('a[to=3]'),
    'a[to=7]': keyOf('a[to=5]'),
  });
  for (const to of [3, 5, 7]) {
    const other = folder.file(`${to}`);
    const alone = await count(other, `  a: {uses: count, with: {to: ${to}}}\n`);
    assert.deepEqual(alone.made, lines(to));
    const bytes = await textOf(store, ran, `a[to=${to}]`);
    assert.equal(bytes, await textOf(other, alone.ran, 'a'));
  }
  assert.deepEqual((await count(store, three)).made, []);
});

test('stages wait for each other as instances of one stage do, and for what shares its result', async () => {
  await using folder = await TemporaryFolder.create();
  const of = (input: string): string => `inputs: {of: ${input}.out}`;
  const {made, ran} = await count(
    folder.file('store'),
    `  same: {uses: count, with: {to: 1, word: other}}
  twin: {uses: count, with: {to: 1, word: other}}
  long: {uses: count, with: {to: 4}, ${of('same')}}
  short: {uses: count, with: {to: 3}, ${of('twin')}}
`,
  );
  assert.equal(ran.outcome, 'ok');
  assert.deepEqual(made, [1, ...lines(4)]);
});

test('what is stored is taken at once, and only what has more than it is waited for', async () => {
  await using folder = await TemporaryFolder.create();
  const store = folder.file('store');
  await count(store, '  a: {uses: count, with: {to: 5}}\n');
  const {made, ran} = await count(store, three);
  const outcomes = ran.events.flatMap((event) =>
    event.kind === 'hit' || event.kind === 'started' ? [`${event.kind} ${event.instance}`] : [],
  );
  // 3 can go on from nothing; 7 does not wait for it.
  assert.deepEqual(outcomes.toSorted(), ['hit a[to=5]', 'started a[to=3]', 'started a[to=7]']);
  assert.deepEqual(new Set(made), new Set([1, 2, 3, 6, 7]));
  assert.equal(made.length, 5);
});

test('a plan compares an instance with the one from which it will go on', async () => {
  await using folder = await TemporaryFolder.create();
  const store = folder.file('store');
  await count(store, '  a: {uses: count, with: {to: 2}}\n');
  const files = {'p.yaml': `stages:\n${three}`};
  const {graph} = await loadChoice({files, stageTypes: counting(() => undefined)});
  const {verdict} = planGraph(graph, {root: store}).get('a[to=7]' as InstanceId)!;
  assert.ok(verdict.kind === 'run');
  assert.deepEqual(verdict.reasons, [
    {kind: 'param-changed', pointer: '/to', was: 5, now: 7},
    {kind: 'goes-on-after', by: 'to', from: 5, instance: 'a[to=5]'},
  ]);
});

test('what comes before a chain is ranked by all of it', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.file('store')};
  const text = `  b: {uses: count, with: {to: 1, word: b}}
  a: {uses: count, matrix: {to: [10, 40, 20]}, with: {to: "\${matrix.to}"}, inputs: {of: b.out}}
`;
  const files = {'p.yaml': `stages:\n${text}`};
  const {graph} = await loadChoice({files, stageTypes: counting(() => undefined)});
  const forecast = new Forecast(graph, new History(store));
  forecast.inform(new Estimator({graph, store, slots: 2, isOnGpu: () => false, models}));
  const ranks = Array.from(graph.instances.keys(), (id) => [id, forecast.rank(id)]);
  assert.deepEqual(Object.fromEntries(ranks), {
    b: 410_000,
    'a[to=10]': 400_000,
    'a[to=20]': 300_000,
    'a[to=40]': 200_000,
  });
});

test('the longest chain goes first, what goes on included', async () => {
  await using folder = await TemporaryFolder.create();
  const store = folder.file('store');
  const of = 'inputs: {of: b.out}';
  const pipeline = `  b: {uses: count, with: {to: 1, word: b}}
  c: {uses: count, with: {to: 4, word: c}, ${of}}
  a: {uses: count, matrix: {to: [9, 2]}, with: {to: "\${matrix.to}"}, ${of}}
`;
  const files = {'p.yaml': `stages:\n${pipeline}`};
  const {graph} = await loadChoice({files, stageTypes: counting(() => undefined)});
  const setup = {graph, store: {root: store}, slots: 1, isOnGpu: () => false, models};
  const loadEstimator = async (): Promise<Estimator> => await Promise.resolve(new Estimator(setup));
  const {ran} = await count(store, pipeline, {slots: 1, loadEstimator});
  const started = ran.events.flatMap((event) => (event.kind === 'started' ? [event.instance] : []));
  assert.deepEqual(started, ['b', 'a[to=2]', 'a[to=9]', 'c']);
});

test('an instance with a checkpoint goes on from that, and waits for nothing', async () => {
  await using folder = await TemporaryFolder.create();
  const store = folder.file('store');
  let stopRun = (): void => undefined;
  const stopped = await count(store, '  a: {uses: count, with: {to: 7}}\n', {
    onLine: (line) => (line === 6 ? stopRun() : undefined),
    onEvent: (_event, stop) => (stopRun = stop),
  });
  assert.equal(stopped.ran.outcome, 'suspended');
  const {graph} = await loadChoice({
    files: {'p.yaml': `stages:\n${three}`},
    stageTypes: counting(() => undefined),
  });
  const planned = planGraph(graph, {root: store}).get('a[to=7]' as InstanceId)!;
  assert.equal(runsAfter(planned), undefined);
  const {made, ran} = await count(store, three);
  assert.equal(ran.outcome, 'ok');
  assert.deepEqual([made.length, made.filter((line) => line > 5)], [6, [7]]);
});

test('an instance on a GPU does not wait for one on CPU slots', async () => {
  await using folder = await TemporaryFolder.create();
  const text = `  a: {uses: count, with: {to: 3}, resources: {cpus: 2}}
  b: {uses: count, with: {to: 5}, resources: {device: 1}}
  c: {uses: count, with: {to: 7}}
`;
  const files = {'p.yaml': `stages:\n${text}`};
  const {graph} = await loadChoice({files, stageTypes: counting(() => undefined)});
  const plan = planGraph(graph, {root: folder.file('store')});
  const after = Array.from(plan.values(), runsAfter);
  assert.deepEqual(after, [undefined, undefined, 'a']);
});

test('an instance does not wait for one that failed, but goes on from the next lower one', async () => {
  await using folder = await TemporaryFolder.create();
  let hasFailed = false;
  const onLine = (line: number): void => {
    if (line !== 5 || hasFailed) return;
    hasFailed = true;
    throw new Error('no fifth line');
  };
  const {made, ran} = await count(folder.file('store'), three, {onLine, keepGoing: true});
  assert.equal(ran.outcome, 'failed');
  assert.deepEqual([...ran.records.keys()], ['a[to=3]', 'a[to=7]']);
  assert.deepEqual(made, [1, 2, 3, 4, 5, 4, 5, 6, 7]);
});

test('a failure ends the run, with an outcome for each instance that waits', async () => {
  await using folder = await TemporaryFolder.create();
  const onLine = (): void => {
    throw new Error('no line');
  };
  const {ran} = await count(folder.file('store'), three, {onLine});
  const unstarted = ran.events.flatMap((event) =>
    event.kind === 'unstarted' ? [event.instance] : [],
  );
  assert.deepEqual(unstarted, ['a[to=7]', 'a[to=5]']);
});

test('a forced instance begins anew, and does not wait', async () => {
  await using folder = await TemporaryFolder.create();
  const store = folder.file('store');
  await count(store, three);
  const {made} = await count(store, three, {wishes: {force: ['a[to=5]', 'a[to=7]']}, slots: 1});
  assert.deepEqual(made, [...lines(5), ...lines(7)]);
});

test('a chain of thousands is measured, in any order', async () => {
  await using folder = await TemporaryFolder.create();
  const values = Array.from({length: 12_000}, (_, at) => 12_000 - at);
  const files = {
    'p.yaml': `stages:\n  a: {uses: count, matrix: {to: [${values.join()}]}, with: {to: "\${matrix.to}"}}\n`,
  };
  const {graph} = await loadChoice({files, stageTypes: counting(() => undefined)});
  const plan = planGraph(graph, {root: folder.file('store')});
  const {instances} = longestChain(plan)!;
  assert.deepEqual(
    [instances.length, instances[0], instances.at(-1)],
    [12_000, 'a[to=1]', 'a[to=12000]'],
  );
});

test('without a cost model, what is left takes its share of the time of a stored result', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.file('store')};
  const ms = 1000;
  const {ran} = await count(store.root, '  a: {uses: count, with: {to: 10, word: other}}\n');
  const record = ran.records.get('a' as InstanceId)!;
  const file = recordPath(store, record.key);
  const text = await readFile(file, 'utf8');
  await chmod(file, 0o644);
  await writeFile(file, text.replace(/"durationMs":\s*\d+/, `"durationMs":${ms}`));
  const files = {'p.yaml': `stages:\n${three}`};
  const {graph} = await loadChoice({files, stageTypes: counting(() => undefined)});
  const {plan} = planCosts(
    planGraph(graph, store),
    new Estimator({graph, store, slots: 2, isOnGpu: () => false}),
  );
  const expected = Array.from(plan.values(), (planned) => planned.expected?.ms);
  // Ten lines took so long. What begins anew is not scaled.
  assert.deepEqual(expected, [(ms * 2) / 10, ms, (ms * 2) / 10]);
});

for (const [what, pipeline, more] of [
  ['with what is there', three, 0],
  ['before its inputs are there', later, 1],
] as const) {
  test(`a plan names what runs first, and counts what is left: ${what}`, async () => {
    await using folder = await TemporaryFolder.create();
    const store = {root: folder.file('store')};
    const files = {'p.yaml': `stages:\n${pipeline}`};
    const {graph} = await loadChoice({files, stageTypes: counting(() => undefined)});
    const plan = planGraph(graph, store);
    const last = Array.from(plan, ([id, {verdict}]): [string, unknown] => [
      id,
      verdict.kind === 'hit' ? undefined : verdict.reasons.at(-1),
    ]);
    const after = (from: number): object => {
      return {kind: 'goes-on-after', by: 'to', from, instance: `a[to=${from}]`};
    };
    const reasons = Object.fromEntries(last.filter(([id]) => id !== 'b'));
    assert.deepEqual(reasons, {
      'a[to=7]': after(5),
      'a[to=3]': {kind: 'never-run'},
      'a[to=5]': after(3),
    });
    const isOnGpu = (): boolean => false;
    const costs = planCosts(plan, new Estimator({graph, store, slots: 2, isOnGpu, models}));
    assert.equal(costs.gpuSeconds, 10 * (7 + more));
    const machine = {slots: 2, gpus: 0};
    const {workMs, waitMs} = estimate(graph, costs.plan, machine);
    assert.equal(workMs, 10_000 * (7 + more));
    assert.ok(waitMs > 0.5 * workMs, `one after the other, each on both slots: ${waitMs} ms`);
    const chain = longestChain(costs.plan)!;
    assert.equal(chain.ms, 10_000 * (7 + more));
    assert.equal(chain.instances.at(-1), 'a[to=7]');
  });
}
