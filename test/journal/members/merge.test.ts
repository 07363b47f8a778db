import assert from 'node:assert/strict';
import {test} from 'node:test';
import {parseDigest} from '../../../src/base/digest.ts';
import type {RunEventBody} from '../../../src/journal/event.ts';
import type {InstanceId} from '../../../src/pipeline/graph/instance.ts';
import {begunAt, clusterStart, first, joined, second} from '../../support/rigs/cluster-run.ts';
import {eventsOf, merged, type ToldBy} from '../../support/rigs/merged.ts';
import {done, over} from '../../support/rigs/told-run.ts';

const x = 'x' as InstanceId;
const [a, b] = [first, second];
const {hit, failed, suspended, waiting, retrying, progress} = eventsOf('x');
const damaged: RunEventBody = {
  kind: 'artifact-damaged',
  digest: parseDigest('0'.repeat(64))!,
  producer: x,
};

test('what every member finds stored is told once, and counted once', () => {
  const {kinds, run} = merged([a, hit], [b, hit], [b, eventsOf('y').hit]);
  assert.deepEqual(kinds, ['a hit', 'b hit']);
  const {hits, done, savedMs} = run.state.counts;
  assert.deepEqual([hits, done, savedMs], [2, 2, 14]);
});

test('a result that another member made is no hit, whichever is told first', () => {
  for (const told of [
    [
      [a, begunAt(a, 'x')],
      [a, done('x')],
      [b, hit],
    ],
    [
      [a, begunAt(a, 'x')],
      [b, hit],
      [a, done('x')],
    ],
    [
      [b, hit],
      [a, begunAt(a, 'x')],
      [a, done('x')],
    ],
  ] as const) {
    const {run} = merged(...told);
    const {hits, done: count, running, savedMs} = run.state.counts;
    assert.deepEqual([hits, count, running, savedMs], [0, 1, 0, 0]);
    assert.deepEqual(run.instances.get(x)!.standing, 'finished');
    assert.deepEqual(run.instances.get(x)!.logs, [`runs/told/members/${a}/logs/x.log`]);
  }
});

test('a result counts as stored if its maker died before it could say so', () => {
  const {run} = merged([a, begunAt(a, 'x')], [b, hit]);
  assert.deepEqual([run.state.counts.hits, run.state.counts.running], [1, 0]);
  assert.equal(run.instances.get(x)!.standing, 'hit');
});

test('an instance of a member that died is started anew, and what is heard of the first attempt is left out', () => {
  const {kinds, run} = merged(
    [a, begunAt(a, 'x')],
    [b, begunAt(b, 'x')],
    [a, progress],
    [a, retrying],
    [a, suspended],
    [b, progress],
  );
  assert.deepEqual(kinds, ['a started', 'b started', 'b progress']);
  assert.deepEqual(
    run.state.running.map(({attempt, latest}) => [attempt, latest?.done]),
    [['x-b', 1]],
  );
  assert.equal(run.instances.get(x)!.logs.length, 2);
});

test('an instance that a member suspended is counted as such until another starts it', () => {
  const told: readonly ToldBy[] = [
    [a, begunAt(a, 'x')],
    [a, suspended],
    [b, begunAt(b, 'x')],
    [b, done('x')],
  ];
  const leftAfter = [2, 3, 4].map((count) => {
    const {left, running, done} = merged(...told.slice(0, count)).run.state.counts;
    return [left, running, done];
  });
  assert.deepEqual(leftAfter, [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ]);
});

test('of several outcomes the strongest counts: finished, failed, stored, left', () => {
  assert.deepEqual(merged([a, failed], [b, failed]).kinds, ['a failed']);
  const {kinds, run} = merged(
    [a, suspended],
    [b, hit],
    [a, failed],
    [b, hit],
    [b, done('x')],
    [a, failed],
  );
  assert.deepEqual(kinds, [
    'a suspended',
    'b hit instead of left',
    'a failed instead of hit',
    'b finished instead of failed',
  ]);
  assert.deepEqual(run.state.counts, {
    total: 0,
    done: 1,
    left: 0,
    hits: 0,
    running: 0,
    failed: 0,
    savedMs: 0,
  });
  assert.equal(run.instances.get(x)!.cause, undefined);
});

test('a stored result stays so although a member was at work on it and stopped', () => {
  const {kinds, run} = merged([b, hit], [a, begunAt(a, 'x')], [a, suspended]);
  assert.deepEqual(kinds, ['b hit', 'a started instead of hit', 'a hit']);
  assert.deepEqual([run.state.counts.hits, run.state.counts.left], [1, 0]);
});

test('a wait is told once, and not while a member of the run is at work', () => {
  assert.deepEqual(merged([a, waiting], [b, waiting], [a, begunAt(a, 'x')], [b, waiting]).kinds, [
    'a waiting',
    'a started',
  ]);
  assert.deepEqual(merged([a, begunAt(a, 'x')], [a, waiting]).run.state.counts.running, 0);
  assert.deepEqual(merged([a, hit], [b, waiting]).kinds, ['a hit']);
});

test('a damaged artifact reopens its producer once, and what is made again counts once', () => {
  const {kinds, run} = merged(
    [a, hit],
    [a, damaged],
    [b, damaged],
    [b, begunAt(b, 'x')],
    [b, done('x')],
    [a, hit],
  );
  assert.deepEqual(kinds, ['a hit', 'a artifact-damaged', 'b started', 'b finished']);
  assert.equal(run.state.counts.done, 1);
});

test('the run begins in its own journal and ends once, and members speak for themselves only', () => {
  const left = (member: string): RunEventBody => ({
    kind: 'member-left',
    member,
    name: 'node-a',
    why: 'done',
  });
  const {kinds, run} = merged(
    [undefined, clusterStart(1)],
    [a, clusterStart(9)],
    [a, joined(b)],
    [a, joined(a)],
    [b, left(a)],
    [a, left(a)],
    [a, over('ok')],
    [b, over('failed')],
  );
  assert.deepEqual(kinds, ['- run-started', 'a member-joined', 'a member-left', 'a run-finished']);
  assert.equal(run.state.counts.total, 1);
  assert.equal(run.outcome, 'ok');
});

test('forecasts of members are those of all together, of GPUs only what is odd is told', () => {
  const forecast = (remainingMs: number): RunEventBody => ({
    kind: 'forecast',
    remainingMs,
    unknown: 0,
  });
  const gpus = (isOdd: boolean): RunEventBody => ({
    kind: 'gpus-found',
    gpus: [],
    why: ['None.'],
    isOdd,
  });
  const {events} = merged(
    [a, joined(a)],
    [a, forecast(600)],
    [b, forecast(300)],
    [a, {kind: 'member-left', member: a, name: 'node-a', why: 'time'}],
    [b, forecast(300)],
    [a, gpus(false)],
    [a, gpus(true)],
  );
  assert.deepEqual(
    events.flatMap((event) => (event.kind === 'forecast' ? [event.remainingMs] : [])),
    [600, 200, 300],
  );
  assert.deepEqual(
    events.flatMap((event) => (event.kind === 'gpus-found' ? event.why : [])),
    ['node-a: None.'],
  );
});
