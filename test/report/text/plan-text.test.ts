import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {InstanceGraph} from '../../../src/pipeline/graph/instance.ts';
import {Estimator} from '../../../src/plan/estimator.ts';
import {planCosts} from '../../../src/plan/plan-costs.ts';
import {planGraph, type Plan} from '../../../src/plan/plan-graph.ts';
import {planLine, planText} from '../../../src/report/text/plan-text.ts';
import {loadChoice, runInProcess} from '../../support/rigs/run-in-process.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

const letters = (count: number, between = '+'): Readonly<Record<string, string>> => ({
  'p.yaml': `
stages:
  first: {uses: say, matrix: {k: {count: ${count}}}, with: {text: "t\${matrix.k}"}}
  twin: {uses: say, matrix: {k: {count: ${count}}}, with: {text: "t\${matrix.k}"}}
  both: {uses: join, inputs: {parts: ["first.out[*]", "twin.out[*]"]}, with: {between: "${between}"}}
  size: {uses: measure, inputs: {of: both.out}}
`,
});

/** Adds the expected durations from stored results to a plan. */
function estimated(graph: InstanceGraph, plan: Plan, root: string): Plan {
  const isOnGpu = (): boolean => false;
  return planCosts(plan, new Estimator({graph, store: {root}, slots: 2, isOnGpu})).plan;
}

async function textOf(files: Readonly<Record<string, string>>, store: string): Promise<string> {
  const {graph, forced} = await loadChoice({files});
  // Durations are replaced, since they differ between runs of this test.
  const plan = planGraph(graph, {root: store}, forced);
  return planText(estimated(graph, plan, store), {all: false}).replaceAll(
    / {2}\(took [^)]*\)/g,
    '  (took …)',
  );
}

test('what the author says about a stage is above its reasons, once', async () => {
  await using folder = await TemporaryFolder.createInMemory();
  const files = {
    'p.yaml': `stages:
  a: {description: "Says it.\\nTwice.", uses: say, matrix: {k: [1, 2]}, with: {text: "t\${matrix.k}"}}
`,
  };
  assert.equal(
    await textOf(files, folder.file('store')),
    `run    a[k=1]
       Says it.
       it is the first time
run    a[k=2]
       it is the first time
0 hit, 2 run, 0 maybe.
`,
  );
});

test('instances of a stage with the same verdict and reasons share a line, with their number', async () => {
  await using folder = await TemporaryFolder.createInMemory();
  const store = folder.file('store');
  assert.equal(
    await textOf(letters(5), store),
    `run    first  5 instances
       it is the first time
run    twin  5 instances
       the same as first[k=0], first[k=1], first[k=2] and 2 more
run    both
       it is the first time
run    size
       it is the first time
0 hit, 12 run, 0 maybe; 5 of them share the result of another.
`,
  );
  await runInProcess({files: letters(5), store});
  assert.equal(
    await textOf(letters(9), store),
    `hit    first  5 of 9 instances, first[k=0] … first[k=4]
run    first  4 of 9 instances, first[k=5] … first[k=8]  (took …)
       text: "t4" → "t5" and the like
hit    twin  5 of 9 instances, twin[k=0] … twin[k=4]
run    twin  4 of 9 instances, twin[k=5] … twin[k=8]
       the same as first[k=5], first[k=6], first[k=7] and 1 more
maybe  both  (took …)
       first[k=5], first[k=6], first[k=7] and 5 more will run first
maybe  size  (took …)
       both will run first
10 hit, 8 run, 2 maybe; 4 of them share the result of another.
`,
  );
});

test('a line of JSON has all that is known about an instance', async () => {
  await using folder = await TemporaryFolder.createInMemory();
  const store = folder.file('store');
  await runInProcess({files: letters(1), store});
  const {graph} = await loadChoice({files: letters(1, '-')});
  const plan = estimated(graph, planGraph(graph, {root: store}), store);
  const lines = Array.from(plan.values(), planLine);
  assert.ok(lines.every((line) => line.endsWith('}\n')));
  const [hit, , run, maybe] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual(Object.keys(hit!), [
    'instance',
    'stage',
    'type',
    'verdict',
    'key',
    'storedAt',
    'tookMs',
  ]);
  assert.deepEqual(run!['reasons'], [
    {kind: 'param-changed', pointer: '/between', was: '+', now: '-'},
  ]);
  const {expectedMs} = run as {expectedMs: number};
  assert.deepEqual(run!['estimate'], {seconds: expectedMs / 1000, basis: 'results'});
  assert.equal(maybe!['verdict'], 'maybe');
  assert.equal(maybe!['key'], undefined);
});
