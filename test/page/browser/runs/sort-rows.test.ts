import assert from 'node:assert/strict';
import {test} from 'node:test';
import {firstOrder, sortRows} from '../../../../src/page/browser/runs/sort-rows.ts';
import type {RunRow} from '../../../../src/page/model/runs/runs-parts.ts';

const row = (run: string, more: Partial<RunRow> = {}): RunRow => ({
  run,
  pipeline: 'p.yaml',
  state: 'ok',
  done: 1,
  total: 1,
  set: [],
  metrics: [],
  ...more,
});

const rows = [
  row('3', {set: [['seed', '10']], metrics: [{name: 'm', value: 2}]}),
  row('2', {metrics: [{name: 'n', value: 9}], durationMs: 5}),
  row('1', {set: [['seed', '2']], metrics: [{name: 'm', value: 7}]}),
];

test('runs are sorted by a column in both directions, and those without a value come last', () => {
  const names = (column: 'run' | 'metric' | 'set' | 'took', isUp: boolean): string =>
    sortRows(rows, {column, isUp}, 'm')
      .map(({run}) => run)
      .join('');
  assert.deepEqual(
    [names('run', true), names('metric', false), names('metric', true)],
    ['123', '132', '312'],
  );
  assert.deepEqual(
    [names('set', true), names('set', false), names('took', true)],
    ['132', '312', '231'],
  );
});

test('a column begins with the newest or the best', () => {
  assert.equal(firstOrder('run', undefined).isUp, false);
  assert.equal(firstOrder('metric', 'highest').isUp, false);
  assert.equal(firstOrder('metric', 'lowest').isUp, true);
  assert.equal(firstOrder('set', undefined).isUp, true);
});
