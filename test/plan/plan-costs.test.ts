import assert from 'node:assert/strict';
import {readFile, readdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import type {CostModel, CostModels} from '../../src/contract/cost.ts';
import type {InstanceId} from '../../src/pipeline/graph/instance.ts';
import {Estimator, type EstimatorSetup} from '../../src/plan/estimator.ts';
import {planCosts, type PlanCosts} from '../../src/plan/plan-costs.ts';
import {planGraph} from '../../src/plan/plan-graph.ts';
import {estimate} from '../../src/schedule/estimates/estimate.ts';
import type {StageRecord} from '../../src/store/records/record.ts';
import {costText, totalJson} from '../../src/report/text/cost-text.ts';
import {loadChoice, runInProcess} from '../support/rigs/run-in-process.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

/**
 * A cost model in which `say` takes an hour per letter on a GPU, and `join` as long as all its inputs together. The
 * model of `join` therefore needs facts about its inputs.
 */
const models: CostModels = {
  of: new Map<string, CostModel>([
    [
      'say',
      ({text}) => {
        const {length} = text as string;
        return {gpuSeconds: 3600 * length, work: {letters: length}, bytes: 10};
      },
    ],
    [
      'join',
      (_, {parts}) => {
        const length = parts!.reduce((sum, {facts}) => sum + Number(facts['length']), 0);
        if (Number.isNaN(length)) return undefined;
        return {gpuSeconds: 3600 * length, work: {letters: length, start: 1}, bytes: 1e9};
      },
    ],
  ]),
  source: 'hand',
  caveat: 'hands differ',
  gpu: 'a slate',
  usualSpeeds: {letters: 0.1, start: 1},
  shared: ['letters'],
};

const files = (texts: readonly string[]): Readonly<Record<string, string>> => ({
  'p.yaml': `
stages:
  first: {uses: say, matrix: {text: [${texts.join(', ')}]}, with: {text: "\${matrix.text}"}}
  twin: {uses: say, with: {text: "${texts[0]}"}}
  both: {uses: join, inputs: {parts: ["first.out[*]", twin.out]}}
  size: {uses: measure, inputs: {of: both.out}}
`,
});

type Wishes = Partial<Pick<EstimatorSetup, 'speeds' | 'slots' | 'isOnGpu'>>;

interface Estimated extends PlanCosts {
  readonly text: string;
  readonly total: Readonly<Record<string, unknown>>;
}

async function costsOf(
  texts: readonly string[],
  store: string,
  wishes: Wishes = {},
): Promise<Estimated> {
  const {graph} = await loadChoice({files: files(texts)});
  const usual = {slots: 1, isOnGpu: () => false};
  const given = {graph, store: {root: store}, models, ...usual, ...wishes};
  const costs = planCosts(planGraph(graph, {root: store}), new Estimator(given));
  const machine = {slots: given.slots, gpus: 0};
  const estimated = {costs, estimate: estimate(graph, costs.plan, machine), machine, models};
  const {total} = JSON.parse(totalJson(estimated)) as Pick<Estimated, 'total'>;
  return {...costs, text: costText(estimated), total};
}

const id = (name: string): InstanceId => name as InstanceId;

/** Changes what is recorded about each result of a stage type. */
async function rewrite(
  store: string,
  type: string,
  change: (record: StageRecord) => object,
): Promise<void> {
  const root = path.join(store, 'records');
  for (const name of await readdir(root, {recursive: true})) {
    if (!name.endsWith('.json')) continue;
    const record = JSON.parse(await readFile(path.join(root, name), 'utf8')) as StageRecord;
    if (record.type !== type) continue;
    await writeFile(path.join(root, name), JSON.stringify({...record, ...change(record)}));
  }
}

test('work is divided by speed, adds up along the graph, counts once what two share, and says what it rests on', async () => {
  await using folder = await TemporaryFolder.createInMemory();
  const store = folder.file('store');
  const usual = await costsOf(['a', 'bbb'], store);
  // `say` has 1 + 3 letters and `join` 1 + 3 + 1, at 0.1 letters a second. `join` also takes a start.
  assert.equal(
    usual.text,
    `Estimate: more than 2 min of work, more than 2 min with 1 CPU slot, from the speed of a usual machine, besides another of unknown duration; 1.0 GB on the disk.
On a slate about 9 h, going by hand; hands differ.
`,
  );
  // This machine is five times as fast. An instance that runs alone spreads its letters over the slots.
  const speeds = {letters: 0.5};
  const measured = await costsOf(['a', 'bbb'], store, {speeds, slots: 2});
  assert.deepEqual(measured.plan.get(id('both'))?.expected, {
    ms: 11_000,
    aloneMs: Math.round(1000 + 10_000 / 2 ** 0.85),
    basis: 'calibration',
    isScaled: true,
  });
  assert.match(
    measured.text,
    /^Estimate: more than 19 s of work, more than 13 s with 2 CPU slots, from a calibration of this machine, /,
  );
  assert.deepEqual(measured.total, {
    hit: 0,
    run: 5,
    maybe: 0,
    shared: 1,
    seconds: 19,
    waitSeconds: 12.548,
    slots: 2,
    gpus: 0,
    unknown: 1,
    bases: ['calibration'],
    results: 0,
    newBytes: 1e9 + 20,
    storedBytes: 0,
    gpuSeconds: 3600 * 9,
  });
});

test('stored results take no time, only space', async () => {
  await using folder = await TemporaryFolder.createInMemory();
  const store = folder.file('store');
  await runInProcess({files: files(['a', 'bbb']), store});
  const stored = await costsOf(['a', 'bbb'], store);
  // The store has "a", "bbb", "a+bbb+a", its length and a table of it. The artifact that two instances made is stored
  // once.
  assert.ok(stored.storedBytes >= 1 + 3 + 7 + 1, `${stored.storedBytes}`);
  assert.deepEqual([stored.gpuSeconds, stored.newBytes, stored.unknown], [0, 0, 0]);
  assert.equal(stored.text, '');
  const more = await costsOf(['a', 'bbb', 'cc'], store);
  assert.equal(more.gpuSeconds, 3600 * (2 + 7));
  assert.equal(more.storedBytes, 1 + 3);
});

test('the duration of the most similar result is scaled by work, that of what flowed into it included', async () => {
  await using folder = await TemporaryFolder.createInMemory();
  const store = folder.file('store');
  await runInProcess({files: files(['a', 'bbb']), store});
  await rewrite(store, 'say', ({outputs}) => ({
    durationMs: 500 * outputs['out']!.artifacts[0]!.sizeBytes,
  }));
  await rewrite(store, 'join', () => ({durationMs: 5100}));
  const {plan, bases, results, text} = await costsOf(['a', 'bbb', 'cccccc'], store);
  const said = plan.get(id('first[text=cccccc]'))!.expected!;
  assert.deepEqual([said.ms, said.basis, said.isScaled], [3000, 'results', true]);
  // The parameters are the same. 5 letters and a start took 5.1 s, and now there are 11 letters, according to the facts
  // of the inputs.
  const joined = plan.get(id('both'))!.expected!;
  assert.deepEqual([joined.ms, joined.isScaled], [(5100 * 111) / 51, true]);
  // `size` has no cost model, so its duration is not scaled.
  assert.equal(plan.get(id('size'))!.expected!.isScaled, false);
  assert.deepEqual([bases, results], [['results'], 3]);
  assert.match(text, /, from 3 results like these; 1\.0 GB on the disk beside 4 B stored\.\n/);
});

test('only results on a GPU tell how long it takes on one; without them the figures do', async () => {
  await using folder = await TemporaryFolder.createInMemory();
  const store = folder.file('store');
  await runInProcess({files: files(['a', 'bbb']), store});
  await rewrite(store, 'join', () => ({durationMs: 7_200_000, provenance: {gpu: true}}));
  const isOnGpu = (): boolean => true;
  const {plan, text} = await costsOf(['a', 'bbb', 'cc'], store, {isOnGpu});
  const {ms, basis} = plan.get(id('first[text=cc]'))!.expected!;
  assert.deepEqual([ms, basis], [2 * 3_600_000, 'gpu-figures']);
  assert.equal(plan.get(id('both'))!.expected!.ms, (7_200_000 * 7) / 5);
  assert.match(
    text,
    /by hand, on a slate and from 2 results like these|from 2 results like these and by hand/,
  );
  const onCpu = await costsOf(['a', 'bbb', 'cc'], store);
  assert.equal(onCpu.plan.get(id('both'))!.expected!.basis, 'usual-speeds');
});
