import assert from 'node:assert/strict';
import {readFile, readdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import type {CostModels} from '../../src/contract/cost.ts';
import type {InstanceId} from '../../src/pipeline/graph/instance.ts';
import {planCosts, type PlanCosts} from '../../src/plan/plan-costs.ts';
import {planGraph} from '../../src/plan/plan-graph.ts';
import type {StageRecord} from '../../src/store/records/record.ts';
import {costText} from '../../src/report/text/cost-text.ts';
import {loadChoice, runInProcess} from '../support/rigs/run-in-process.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

/** A text costs an hour a letter, joining texts as much as all of them: so what flows in has to be known. */
const models: CostModels = {
  of: new Map([
    [
      'say',
      ({text}) => {
        const {length} = text as string;
        return {gpuSeconds: 3600 * length, multiplyAdds: length, bytes: 10};
      },
    ],
    [
      'join',
      (_, {parts}) => {
        const length = parts!.reduce((sum, {facts}) => sum + Number(facts['length']), 0);
        if (Number.isNaN(length)) return undefined;
        return {gpuSeconds: 3600 * length, multiplyAdds: length, bytes: 1e9};
      },
    ],
  ]),
  source: 'hand',
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

async function costsOf(texts: readonly string[], store: string): Promise<PlanCosts> {
  const {graph} = await loadChoice({files: files(texts)});
  return planCosts(planGraph(graph, {root: store}), models, {root: store});
}

const id = (name: string): InstanceId => name as InstanceId;

/** Changes what is recorded of each result of a stage type. */
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

test('costs add up along the graph, what two share once, and what is not known is counted', async () => {
  await using folder = await TemporaryFolder.createInMemory();
  const costs = await costsOf(['a', 'bbb'], folder.file('store'));
  // 1 + 3 letters said, and 1 + 3 + 1 joined.
  assert.equal(costs.gpuSeconds, 3600 * (4 + 5));
  assert.deepEqual([costs.newBytes, costs.storedBytes, costs.unknown], [1e9 + 20, 0, 1]);
  assert.equal(
    costText(costs),
    'Estimate: 9.0 GPU hours, 1.0 GB on the disk, without 1 of unknown cost. By hand.\n',
  );
});

test('stored results cost nothing but their space', async () => {
  await using folder = await TemporaryFolder.createInMemory();
  const store = folder.file('store');
  await runInProcess({files: files(['a', 'bbb']), store});
  const stored = await costsOf(['a', 'bbb'], store);
  // "a", "bbb", "a+bbb+a", its length and a table of it; what two made is there once.
  assert.ok(stored.storedBytes >= 1 + 3 + 7 + 1, `${stored.storedBytes}`);
  assert.deepEqual([stored.gpuSeconds, stored.newBytes], [0, 0]);
  assert.equal(costText(stored), '');
  const more = await costsOf(['a', 'bbb', 'cc'], store);
  assert.equal(more.gpuSeconds, 3600 * (2 + 7));
  assert.equal(more.storedBytes, 1 + 3);
});

test('the duration of a result on a CPU is scaled by arithmetic, and does not count as a GPU’s', async () => {
  await using folder = await TemporaryFolder.createInMemory();
  const store = folder.file('store');
  await runInProcess({files: files(['a', 'bbb']), store});
  await rewrite(store, 'say', () => ({durationMs: 500}));
  await rewrite(store, 'join', () => ({durationMs: 5000}));
  const costs = await costsOf(['a', 'bbb', 'cccccc'], store);
  const {expectedMs, isScaled} = costs.plan.get(id('first[text=cccccc]'))!;
  // The nearest has one letter or three.
  assert.ok([3000, 1000].includes(expectedMs!) && isScaled === true, `${expectedMs}`);
  assert.equal(costs.measuredSeconds, 0);
  // The same parameters, but more flows in: the model cannot tell how much it was.
  assert.equal(costs.plan.get(id('both'))?.isScaled, undefined);
});

test('a result on a GPU that differs only in its seed gives the duration', async () => {
  await using folder = await TemporaryFolder.createInMemory();
  const store = folder.file('store');
  await runInProcess({files: files(['a', 'bbb']), store});
  await rewrite(store, 'join', () => ({durationMs: 7_200_000, provenance: {gpu: true}}));
  const costs = await costsOf(['a', 'bbb', 'cc'], store);
  assert.equal(costs.measuredSeconds, 7200);
  assert.equal(costs.gpuSeconds, 3600 * 2 + 7200);
  assert.equal(
    costText(costs),
    'Estimate: 4.0 GPU hours (2.0 measured here), 1.0 GB on the disk beside 4 B stored, without 1 of unknown cost. By hand.\n',
  );
});
