import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Json} from '../../src/base/json.ts';
import {meets, parseCondition, sortRuns} from '../../src/compare/choose-runs.ts';
import type {Metric} from '../../src/compare/run-metrics.ts';
import type {RunSummary} from '../../src/compare/run-summary.ts';
import {metricNamed, namesIn, usualMetric, valueOf} from '../../src/compare/run-values.ts';

const nowMs = Date.UTC(2026, 0, 10);
const day = 86_400_000;

function runOf(name: string, given: Partial<RunSummary> = {}): RunSummary {
  return {
    run: name,
    pipeline: 'paper/ipc1.yaml',
    startMs: nowMs - 2 * day,
    durationMs: 3_600_000,
    outcome: 'ok',
    instances: 1,
    hits: 0,
    ran: 1,
    failed: 0,
    set: new Map(),
    params: new Map(),
    metrics: new Map(),
    ...given,
  };
}

function metrics(
  values: Readonly<Record<string, number>>,
  best?: Metric['best'],
): RunSummary['metrics'] {
  return new Map(
    Object.entries(values).map(([name, value]) => [
      name,
      {name, column: name.split('.').at(-1)!, value, ...(best && {best}), count: 1, total: 1},
    ]),
  );
}

const isMet = (run: RunSummary, text: string): boolean => {
  const condition = parseCondition(text);
  assert.ok(condition, text);
  return meets(run, condition, nowMs);
};

test('conditions are on fields, parameters, what was set, and metrics', () => {
  const run = runOf('r', {
    params: new Map<string, Json>(
      Object.entries({epochs: 10, model: {depth: 3}, on: true, opt: null}),
    ),
    set: new Map([['distilled.rate', '1e2']]),
    metrics: metrics({'s.s.accuracy': 0.5, 's[m=1].s.n': 3, 's[path="a]>=1"].s.n': 4}),
  });
  for (const met of [
    'outcome=ok',
    'outcome=failed|ok',
    'outcome != failed',
    'pipeline=*ipc1*',
    'pipeline=paper/*.yaml',
    'age<3d',
    'age>=2d',
    'took=1h',
    'epochs>=10',
    'epochs=10.0',
    'epochs=9|10',
    'params.epochs<11',
    'model.depth=3',
    'on=true',
    'distilled.rate=100',
    's.s.accuracy>0.49',
    's.s.accuracy<=0.5',
    's[m=1].s.n>=3',
    's[path="a]>=1"].s.n = 4',
    'opt=null',
    'opt!=1',
    'nothing!=1',
    'model={"depth":3}',
  ]) {
    assert.ok(isMet(run, met), met);
  }
  for (const unmet of [
    'outcome=fail',
    'outcome!=ok|failed',
    'pipeline=ipc1',
    'age>2d',
    'epochs<10',
    'nothing=1',
    'nothing<1',
    'model.depth.x=3',
    'model<4',
    'pipeline<4',
    's[m=1].s.n>3',
    'opt!=null',
  ]) {
    assert.ok(!isMet(run, unmet), unmet);
  }
});

test('what is no condition is not taken for one', () => {
  for (const text of [
    '',
    'ok',
    '=1',
    'epochs<',
    'epochs<many',
    'age<2',
    'age<soon',
    '<3',
    's[m=1]',
  ]) {
    assert.equal(parseCondition(text), undefined, text);
  }
  assert.deepEqual(parseCondition('a=b=c|d'), {
    text: 'a=b=c|d',
    name: 'a',
    operator: '=',
    values: ['b=c', 'd'],
  });
});

test('runs are sorted by any value, and those without it come last', () => {
  const order = (runs: readonly RunSummary[], name: string, isReversed = false): string =>
    sortRuns(runs, name, {isReversed, nowMs})
      .map(({run}) => run)
      .join('');
  const accuracies = [0.5, undefined, 0.9, 0.7].map((value, index) =>
    runOf('abcd'[index]!, {metrics: value === undefined ? new Map() : metrics({'s.s.n': value})}),
  );
  assert.equal(order(accuracies, 's.s.n'), 'cdab');
  assert.equal(order(accuracies, 's.s.n', true), 'adcb');
  const losses = [3, 1, 2].map((value, index) =>
    runOf('abc'[index]!, {metrics: metrics({'s.s.n': value}, 'lowest')}),
  );
  assert.equal(order(losses, 's.s.n'), 'bca');
  const set = ['10', '9', 'x', 'b'].map((value, index) =>
    runOf('abcd'[index]!, {set: new Map([['rate', value]])}),
  );
  assert.equal(order(set, 'rate'), 'badc');
  assert.equal(order(set, 'rate', true), 'cdab');
});

test('the usual metric is that which most runs have, and which differs most', () => {
  const runs = [
    runOf('a', {metrics: metrics({'rare.s.n': 1, 'random.s.n': 1, 'ours.s.n': 2, 'last.s.n': 2})}),
    runOf('b', {metrics: metrics({'random.s.n': 1, 'ours.s.n': 3, 'last.s.n': 3})}),
  ];
  assert.equal(usualMetric(runs), 'last.s.n');
  assert.equal(usualMetric(runs.slice(0, 1)), 'last.s.n');
  assert.equal(usualMetric([runOf('c')]), undefined);
  // All of them differ between the runs: a control does less than what is compared.
  const control = [0.1, 0.2].map((n) =>
    runOf('e', {metrics: metrics({'ours.s.n': 3 * n, 'random.s.n': n})}),
  );
  assert.equal(usualMetric(control), 'ours.s.n');
  const same = [2, 3].map((n) => runOf('d', {metrics: metrics({'ours.s.n': n, 'random.s.n': 1})}));
  assert.equal(usualMetric(same), 'ours.s.n');
  // A column stands for the usual one of its metrics, and any other name for itself.
  assert.equal(metricNamed(same, 'n'), 'ours.s.n');
  assert.equal(metricNamed(same, 'random.s.n'), 'random.s.n');
  assert.equal(metricNamed(same, 'm'), 'm');
  assert.equal(usualMetric(same, 'm'), undefined);
});

test('a name means what it is called first: a field, a metric, a parameter, what was set', () => {
  const run = runOf('r', {
    params: new Map<string, string | number>([
      ['age', 'old'],
      ['steps', 5],
    ]),
    set: new Map([
      ['steps', '6'],
      ['more', 'm'],
    ]),
    metrics: metrics({'s.s.n': 1}),
  });
  const values = ['age', 'params.age', 'steps', 'more', 's.s.n', 'constructor'].map((name) =>
    valueOf(run, name, nowMs),
  );
  assert.deepEqual(values, [2 * day, 'old', 5, 'm', 1, undefined]);
  assert.deepEqual(
    [...namesIn([run])],
    ['run', 'pipeline', 'age', 'took', 'outcome', 'steps', 'more', 's.s.n', 'n'],
  );
});
