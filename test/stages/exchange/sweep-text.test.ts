import assert from 'node:assert/strict';
import {test} from 'node:test';
import {parse} from 'yaml';
import type {Sweep} from '../../../src/contract/offers.ts';
import {sweepText} from '../../../stages/exchange/sweep-text.ts';

const sweep: Sweep = {
  name: 'a: b',
  numerics: 'any',
  leaderboard: 'leaderboard',
  about: ['A sweep of\nodd names:'],
  axes: [
    {
      axis: 'rate',
      param: 'distilled.rate',
      argument: '--over distilled.rate=1,x: y',
      isAveraged: false,
    },
    {axis: 'axis-2', param: 'true', argument: '--over true=0', isAveraged: true},
  ],
  points: {kind: 'grid', values: [[1, 'x: y'], [0]]},
  fixed: [{param: 'null', argument: '--set null={a: [1]}', value: {a: [1]}}],
  reference: '../my pipelines/p.yaml',
  scores: 'table.scores',
  best: ['set=a, b', 'ipc=1'],
};

interface Written {
  readonly name: string;
  readonly numerics?: string;
  readonly stages: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

test('names and values that YAML would take for something else are quoted', () => {
  const {name, stages} = parse(sweepText(sweep).text) as Written;
  assert.equal(name, 'a: b');
  assert.deepEqual(stages['point'], {
    uses: '../my pipelines/p.yaml',
    matrix: {rate: [1, 'x: y'], 'axis-2': [0]},
    with: {null: {a: [1]}, 'distilled.rate': '${matrix.rate}', true: '${matrix.axis-2}'},
  });
});

test('a pipeline that asks something of its engine is swept by one that asks the same', () => {
  assert.equal((parse(sweepText(sweep).text) as Written).numerics, undefined);
  const {text} = sweepText({...sweep, numerics: 'bitwise'});
  assert.equal((parse(text) as Written).numerics, 'bitwise');
});

test('what is averaged is no axis of the scores, and the leaderboard has intervals then', () => {
  const {stages} = parse(sweepText(sweep).text) as Written;
  const {columns, ...given} = stages['scores']!['with'] as Readonly<Record<string, unknown>>;
  assert.deepEqual(given, {rows: [], at: {rate: '${matrix.rate}'}});
  const best = {set: 'a, b', ipc: 1};
  assert.deepEqual(stages['leaderboard']!['with'], {rows: [], columns, interval: 95, best});
  const [first, second] = sweep.axes;
  const axes = [first!, {...second!, isAveraged: false}];
  const plain = parse(sweepText({...sweep, axes}).text) as Written;
  assert.deepEqual(plain.stages['leaderboard']!['with'], {rows: [], columns, best});
});

test('points that were drawn are entries of `include`', () => {
  const list = [
    {rate: 0.5, 'axis-2': 1},
    {rate: 1.0e-7, 'axis-2': 2},
  ];
  const {stages} = parse(sweepText({...sweep, points: {kind: 'list', list}}).text) as Written;
  assert.deepEqual(stages['point']!['matrix'], {include: list});
  assert.deepEqual(stages['scores']!['matrix'], {include: list});
});

test('each part that an option gives is known by its place', () => {
  const {text, given} = sweepText(sweep);
  assert.deepEqual(
    given.map(({argument, start, end}) => [argument, text.slice(start, end)]),
    [
      ['--over distilled.rate=1,x: y', 'rate: [1, "x: y"]'],
      ['--over true=0', 'axis-2: [0]'],
      ['--set null={a: [1]}', '"null": {"a":[1]}'],
      ['--over distilled.rate=1,x: y', "distilled.rate: '${matrix.rate}'"],
      ['--over true=0', `"true": '\${matrix.axis-2}'`],
      ['--best set=a, b', 'set: "a, b"'],
      ['--best ipc=1', 'ipc: 1'],
    ],
  );
});
