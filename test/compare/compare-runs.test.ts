import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Json, JsonObject} from '../../src/base/json.ts';
import {compareRuns, type ComparedRun} from '../../src/compare/compare-runs.ts';
import type {MeasuredMetric} from '../../src/compare/run-metrics.ts';
import type {InstanceId} from '../../src/pipeline/graph/instance.ts';
import type {Fingerprint} from '../../src/store/records/fingerprint.ts';
import type {Key} from '../../src/store/records/record.ts';

/** The parameters of each result by its key: tests give keys readable names. */
type Results = Readonly<Record<string, Partial<Fingerprint>>>;

function runOf(given: {
  readonly keys: Readonly<Record<string, string>>;
  readonly params?: Readonly<Record<string, Json>>;
  readonly set?: Readonly<Record<string, string>>;
  readonly metrics?: readonly MeasuredMetric[];
  readonly version?: string;
  /** Instances without a result. */
  readonly failed?: readonly string[];
}): ComparedRun {
  const {keys, params, set = {}, metrics = [], version = '1', failed = []} = given;
  const entries = Object.entries(keys).map(([id, key]) => [id as InstanceId, key as Key] as const);
  return {
    summary: {
      run: 'r',
      outcome: 'ok',
      instances: entries.length,
      hits: 0,
      ran: entries.length,
      failed: 0,
      set: new Map(Object.entries(set)),
      ...(params && {params: new Map(Object.entries(params))}),
      facts: {version, node: '20', processor: 'p'},
      metrics: new Map(),
    },
    metrics: new Map(metrics.map((metric) => [metric.name, metric])),
    keys: new Map(entries),
    results: new Map(
      entries.flatMap(([id, key]) => (failed.includes(id) ? [] : [[id, {key, type: 't'}]])),
    ),
  };
}

function compare(runs: readonly ComparedRun[], results: Results = {}) {
  const read: string[] = [];
  const comparison = compareRuns(runs, ({key}) => {
    read.push(key);
    const known = results[key];
    return known && {type: 't', version: 1, params: {}, inputs: {}, environment: {}, ...known};
  });
  const parameters = comparison.parameters.map(({names, values}) => [names, values]);
  return {...comparison, parameters, read};
}

const withParams = (params: JsonObject): Partial<Fingerprint> => ({params});

test('a parameter and what it is for share a row, and what is equal has none', () => {
  const {parameters} = compare(
    [
      runOf({params: {steps: 5, seed: 1}, keys: {distilled: 'a', table: 'x'}}),
      runOf({params: {steps: 6, seed: 1}, keys: {distilled: 'b', table: 'x'}}),
    ],
    {a: withParams({steps: 5, rate: 2}), b: withParams({steps: 6, rate: 2})},
  );
  assert.deepEqual(parameters, [
    [
      ['steps', 'distilled.steps'],
      [5, 6],
    ],
  ]);
});

test('a parameter of all instances of a stage is named by the stage, others by their instances', () => {
  const keys = (mark: string) => ({'e[s=0]': `0${mark}`, 'e[s=1]': `1${mark}`, 'e[s=2]': '2'});
  const results: Results = {
    '0a': withParams({epochs: 1, rate: 1}),
    '1a': withParams({epochs: 1, rate: 1}),
    '0b': withParams({epochs: 2, rate: 1}),
    '1b': withParams({epochs: 2, rate: 3}),
  };
  const some = compare([runOf({keys: keys('a')}), runOf({keys: keys('b')})], results);
  // The third has the same key, so that its parameters are those of both runs.
  assert.deepEqual(some.parameters, [
    [
      ['e[s=0].epochs', 'e[s=1].epochs'],
      [1, 2],
    ],
    [['e[s=1].rate'], [1, 3]],
  ]);
  const {'e[s=2]': _same, ...two} = keys('a');
  const {'e[s=2]': _too, ...others} = keys('b');
  const all = compare([runOf({keys: two}), runOf({keys: others})], results);
  assert.deepEqual(all.parameters[0], [['e.epochs'], [1, 2]]);
});

test('nested values are told by the path of what differs', () => {
  const {parameters} = compare([
    runOf({keys: {}, params: {model: {depth: 1, names: ['a', 'b'], all: [1]}}}),
    runOf({keys: {}, params: {model: {depth: 1, names: ['a', 'c'], all: [1, 2]}}}),
  ]);
  assert.deepEqual(parameters, [
    [['model.names[1]'], ['b', 'c']],
    [['model.all'], [[1], [1, 2]]],
  ]);
});

test('an empty mapping or list is told beside a run that has none', () => {
  const {parameters} = compare([
    runOf({keys: {}, params: {model: {a: {}, b: []}, c: {}}}),
    runOf({keys: {}, params: {model: {}}}),
  ]);
  assert.deepEqual(parameters, [
    [
      ['model.a', 'c'],
      [{}, undefined],
    ],
    [['model.b'], [[], undefined]],
  ]);
});

test('of runs whose journals do not have the parameters, what was set is compared', () => {
  const {parameters} = compare([
    runOf({keys: {}, set: {steps: '5', word: 'a', rate: '1e-5', list: '[1, 2]', same: 'b'}}),
    runOf({
      keys: {},
      params: {steps: 6, word: 'c', rate: 0.00001, list: [1, 2], same: 'b', seed: 1},
    }),
  ]);
  assert.deepEqual(parameters, [
    [['steps'], [5, 6]],
    [['word'], ['a', 'c']],
  ]);
});

test('a text in a journal that is no parameter stays a text', () => {
  const deep = '['.repeat(50_000) + ']'.repeat(50_000);
  const {parameters} = compare([
    runOf({keys: {}, set: {huge: '1e999', deep}}),
    runOf({keys: {}, set: {huge: '-0', deep}}),
  ]);
  assert.deepEqual(parameters, [[['huge'], ['1e999', '-0']]]);
});

test('versions, code, engines and variables that differ are told with the instance', () => {
  const code = {name: 'plugin', files: 'ab'} as unknown as NonNullable<Fingerprint['code']>;
  const {parameters} = compare([runOf({keys: {a: '1'}}), runOf({keys: {a: '2'}})], {
    1: {version: 1, environment: {WORD: {value: 'x'}}},
    2: {version: 2, code, environment: {WORD: 'not set'}},
  });
  assert.deepEqual(parameters, [
    [['a (version)'], [1, 2]],
    [['a $WORD'], ['x', 'not set']],
    [['a (code)'], [undefined, {...code}]],
  ]);
});

test('an instance without a fingerprint is left out of the comparison of parameters', () => {
  const runs = ['1', '2', '3'].map((key) => runOf({keys: {a: key}}));
  const {parameters} = compare(runs, {1: withParams({n: 1}), 3: withParams({n: 2})});
  assert.deepEqual(parameters, [[['a.n'], [1, undefined, 2]]]);
  assert.deepEqual(compare(runs, {1: withParams({n: 1})}).parameters, []);
});

test('the parameters of a key are those of any run that has its result', () => {
  const failed = runOf({keys: {a: '1'}, failed: ['a']});
  const [same, other] = [runOf({keys: {a: '1'}}), runOf({keys: {a: '2'}})];
  const results = {1: withParams({n: 1}), 2: withParams({n: 2})};
  const values = (...runs: readonly ComparedRun[]) => compare(runs, results).parameters;
  assert.deepEqual(values(failed, same, other), [[['a.n'], [1, 1, 2]]]);
  assert.deepEqual(values(failed, other, same), [[['a.n'], [1, 2, 1]]]);
  assert.deepEqual(values(failed, other), []);
});

test('instances refer to the first run with the same key, and each key that differs is read once', () => {
  const {instances, read} = compare([
    runOf({keys: {a: '1', b: '2'}}),
    runOf({keys: {a: '1', b: '3', c: '4'}}),
    runOf({keys: {a: '1', b: '2', c: '5'}}),
    runOf({keys: {b: '3'}}),
  ]);
  assert.deepEqual(instances, [
    {instance: 'a', sameAs: [0, 0, 0, undefined]},
    {instance: 'b', sameAs: [0, 1, 0, 1]},
    {instance: 'c', sameAs: [undefined, 1, 2, undefined]},
  ]);
  assert.deepEqual([...read].sort(), ['2', '3', '4', '5']);
});

function metric(name: string, parts: Readonly<Record<string, number>>): MeasuredMetric {
  const values = Object.values(parts);
  const value = values.reduce((sum, part) => sum + part, 0) / values.length;
  const byId = new Map(Object.entries(parts)) as unknown as MeasuredMetric['parts'];
  return {
    name,
    column: 'n',
    value,
    best: 'highest',
    count: values.length,
    total: values.length,
    parts: byId,
  };
}

test('metrics have their differences from the first run, as a whole and by instance', () => {
  const {metrics} = compare([
    runOf({
      keys: {},
      metrics: [metric('s.t.n', {'s[m=1]': 1, 's[m=2]': 3}), metric('u.t.n', {u: 1})],
    }),
    runOf({keys: {}, metrics: [metric('s.t.n', {'s[m=1]': 4})]}),
    runOf({keys: {}}),
  ]);
  assert.deepEqual(metrics, [
    {
      name: 's.t.n',
      best: 'highest',
      values: [2, 4, undefined],
      differences: [0, 2, undefined],
      parts: [
        {
          name: 's[m=1]',
          best: 'highest',
          values: [1, 4, undefined],
          differences: [0, 3, undefined],
        },
        {
          name: 's[m=2]',
          best: 'highest',
          values: [3, undefined, undefined],
          differences: [0, undefined, undefined],
        },
      ],
    },
  ]);
});

test('a fact is told only where it differs', () => {
  const runs = ['1', '2'].map((version) => runOf({keys: {}, version}));
  assert.deepEqual(compare(runs).facts, [{names: ['Distillery'], values: ['1', '2']}]);
});
