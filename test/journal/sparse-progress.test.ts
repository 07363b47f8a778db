import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {RunEvent} from '../../src/journal/event.ts';
import {SparseProgress} from '../../src/journal/sparse-progress.ts';
import type {InstanceId} from '../../src/pipeline/graph/instance.ts';
import type {Key} from '../../src/store/records/record.ts';

const total = 1_000_000;
const day = 24 * 60 * 60 * 1000;

function progress(atMs: number, done = 0, id = 'a'): RunEvent {
  const at = new Date(atMs).toISOString();
  const instance = id as InstanceId;
  return {at, kind: 'progress', instance, progress: {done, total, unit: 'iterations'}};
}

/** The times of kept progress that is told twice a second. */
function keptTimes(sparse: SparseProgress, fromMs: number, toMs: number): readonly number[] {
  const times = Array.from({length: (toMs - fromMs) / 500}, (_, i) => fromMs + 500 * i);
  return times.filter((atMs) => sparse.keeps(progress(atMs)));
}

test('at first all progress is kept, and later a line every ten seconds', () => {
  const times = keptTimes(new SparseProgress(), 0, day);
  assert.deepEqual(
    times.slice(0, 50),
    Array.from({length: 50}, (_, i) => 500 * i),
  );
  const pauses = times.slice(1).map((atMs, i) => atMs - times[i]!);
  assert.equal(Math.max(...pauses), 10_000);
  for (const [i, pause] of pauses.entries())
    assert.ok(pause <= Math.max(times[i]! / 50 + 500, 500));
  assert.ok(times.length < 9000, `${times.length} lines a day`);
});

test('the last progress is kept, and the first of another instance and of another attempt', () => {
  const sparse = new SparseProgress();
  keptTimes(sparse, 0, day);
  assert.ok(!sparse.keeps(progress(day, 5)));
  assert.ok(sparse.keeps(progress(day, total)));
  assert.ok(!sparse.keeps(progress(day + 1, 5)));
  assert.ok(sparse.keeps(progress(day + 1, 5, 'b')));
  const started = {instance: 'a' as InstanceId, key: 'k' as Key, attempt: 'x', reasons: []};
  const at = new Date(day).toISOString();
  assert.ok(sparse.keeps({at, kind: 'started', ...started, devices: [], log: 'l'}));
  assert.equal(keptTimes(sparse, day + 1, day + 10_001).length, 20);
});

test('a clock that is set back hides no progress', () => {
  const sparse = new SparseProgress();
  keptTimes(sparse, day, 2 * day);
  assert.ok(sparse.keeps(progress(0)));
  assert.equal(keptTimes(sparse, 500, 10_500).length, 20);
});

test('events that are no progress are kept', () => {
  const sparse = new SparseProgress();
  const event = {at: new Date(0).toISOString(), instance: 'a' as InstanceId};
  for (const kind of ['resumed', 'stirred', 'suspended'] as const) {
    for (let i = 0; i < 3; i++) assert.ok(sparse.keeps({...event, kind}));
  }
});
