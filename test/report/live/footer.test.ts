import assert from 'node:assert/strict';
import {test} from 'node:test';
import * as fc from 'fast-check';
import {visibleLine} from '../../../src/base/visible.ts';
import type {InstanceId} from '../../../src/pipeline/graph/instance.ts';
import {RunState} from '../../../src/journal/run-state.ts';
import {
  displayWidth,
  shortenToWidth,
  truncateToWidth,
} from '../../../src/report/format/display-width.ts';
import {footer} from '../../../src/report/live/footer.ts';
import type {RunEventBody} from '../../../src/journal/event.ts';
import type {Key} from '../../../src/store/records/record.ts';

/** Gives the state of a run of 90 instances after 12 s. One was stored, one failed, and these are running. */
function stateWith(names: readonly string[]): RunState {
  const state = new RunState();
  const fold = (seconds: number, body: RunEventBody): void =>
    state.fold({at: new Date(1000 * seconds).toISOString(), ...body});
  const head = {host: 'h', pid: 1};
  fold(0, {kind: 'run-started', run: 'r', pipeline: 'p', instances: 90, devices: [], head});
  fold(0, {kind: 'hit', instance: 'stored' as InstanceId, key: 'k' as Key, savedMs: 200_000});
  const cause = {kind: 'stage-error', message: 'no'} as const;
  fold(1, {kind: 'failed', instance: 'bad' as InstanceId, cause});
  for (const [index, name] of names.entries()) {
    const instance = name as InstanceId;
    const devices = [`cpu:${index % 2}`];
    const started = {key: 'k' as Key, attempt: 'a', reasons: [], devices, log: 'l'};
    fold(0, {kind: 'started', instance, ...started});
    const step = {total: 40, unit: 'epochs', note: 'loss 0.5'};
    fold(1, {kind: 'progress', instance, progress: {done: 0, ...step}});
    fold(11, {kind: 'progress', instance, progress: {done: 10, ...step}});
  }
  fold(11, {kind: 'forecast', remainingMs: 60_000, unknown: 2});
  return state;
}

const experts = ['expert[expert=9]', 'expert[model=ConvNetD3,expert=10]'];

test('the footer has a line for each running instance, with devices, pace and time left, and the totals', () => {
  assert.deepEqual(footer(stateWith(experts), {columns: 120, rows: 24, nowMs: 12_000}), [
    '  expert[expert=9]                   cpu:0  █████░░░░░░░░░░░░░░░  10/40 epochs, loss 0.5, 12 s, 29 s left',
    '  expert[model=ConvNetD3,expert=10]  cpu:1  █████░░░░░░░░░░░░░░░  10/40 epochs, loss 0.5, 12 s, 29 s left',
    '  2/90 done · 1 stored already (saves about 3 min) · 2 running · 86 waiting · 1 failed · 12 s · ≈ 59 s or more to go',
  ]);
});

test('in less room, names lose their middle, and lines the parts of lowest importance', () => {
  assert.deepEqual(footer(stateWith(experts), {columns: 60, rows: 24, nowMs: 12_000}), [
    '  expert[expert=9]      cpu:0  ██░░░░░░░░  29 s left',
    '  expert[mod…xpert=10]  cpu:1  ██░░░░░░░░  29 s left',
    '  2/90 done · 2 running · 1 failed · ≈ 59 s or more to go',
  ]);
  assert.deepEqual(footer(stateWith(experts), {columns: 40, rows: 24, nowMs: 12_000}), [
    '  expert…ert=9]  cpu:0   25%  29 s left',
    '  expert…rt=10]  cpu:1   25%  29 s left',
    '  2/90 done · 2 running · 1 failed',
  ]);
});

test('before a stage reports anything its bar is empty, its time left is marked as expected, and ends', () => {
  const state = new RunState();
  const started = {key: 'k' as Key, attempt: 'a', reasons: [], devices: ['cpu:0'], log: 'l'};
  const instance = 'late' as InstanceId;
  const at = (seconds: number): string => new Date(1000 * seconds).toISOString();
  state.fold({at: at(0), kind: 'started', instance, ...started, expectedMs: 10_000});
  const line = (seconds: number): string =>
    footer(state, {columns: 60, rows: 24, nowMs: 1000 * seconds})[0]!;
  assert.equal(line(0.2), '  late  cpu:0  ░░░░░░░░░░  0 s, ≈ 10 s left');
  assert.equal(line(9.9), '  late  cpu:0  ░░░░░░░░░░  9 s, ≈ 1 s left');
  assert.equal(line(10), '  late  cpu:0  ░░░░░░░░░░  10 s');
  const tell = (seconds: number, done: number): void =>
    state.fold({
      at: at(seconds),
      kind: 'progress',
      instance,
      progress: {done, total: 4, unit: 'steps'},
    });
  tell(10, 0);
  tell(20, 1);
  assert.equal(line(25), '  late  cpu:0  ██░░░░░░░░  1/4 steps, 25 s, 25 s left');
  // The second step already takes longer than the first did. Two more steps remain.
  assert.equal(line(90), '  late  cpu:0  ██░░░░░░░░  1/4 steps, 1 min 30 s, 20 s left');
  // The remaining time of the run is at least that of its slowest instance, and is marked as an estimate.
  state.fold({
    at: at(0),
    kind: 'run-started',
    run: 'r',
    pipeline: 'p',
    instances: 2,
    devices: [],
    head: {host: 'h', pid: 1},
  });
  state.fold({at: at(80), kind: 'forecast', remainingMs: 5000, unknown: 0});
  assert.match(footer(state, {columns: 100, rows: 24, nowMs: 90_000})[1]!, / · ≈ 20 s to go$/);
  tell(100, 4);
  assert.equal(line(101), '  late  cpu:0  ██████████  4/4 steps, 1 min 41 s');
  // It counts anew: the pace is that of the new steps.
  tell(110, 0);
  assert.equal(line(110), '  late  cpu:0  ░░░░░░░░░░  0/4 steps, 1 min 50 s');
  tell(112, 2);
  assert.equal(line(112), '  late  cpu:0  █████░░░░░  2/4 steps, 1 min 52 s, 2 s left');
});

test('a footer takes at most a third of the rows, and no line reaches the last column', () => {
  const unit = fc.constantFrom<'grapheme' | 'binary'>('grapheme', 'binary');
  const name = unit.chain((unit) => fc.string({unit, minLength: 1}));
  const names = fc.array(name, {maxLength: 40});
  const property = fc.property(names, fc.nat(200), fc.nat(80), (names, columns, rows) => {
    const lines = footer(stateWith(names), {columns, rows, nowMs: 12_000});
    assert.ok(lines.length <= Math.max(1, rows / 3), `${lines.length} lines`);
    for (const line of lines) {
      assert.ok(displayWidth(line) < Math.max(1, columns), line);
      assert.equal(visibleLine(line), line);
    }
  });
  fc.assert(property);
  const lines = footer(stateWith(Array.from({length: 19}, (_, index) => `e${index}`)), {
    columns: 80,
    rows: 24,
    nowMs: 12_000,
  });
  assert.equal(lines.length, 8);
  assert.equal(lines[6], '  … and 13 more');
});

test('texts are cut by the columns they take, not by their characters', () => {
  assert.equal(displayWidth('東京 e\u0301'), 6);
  // Watch and lightning are wide in Unicode's table, though not East Asian. The thermometer is narrow in it.
  assert.equal(displayWidth('⌚⚡'), 4);
  assert.equal(displayWidth('🌡'), 1);
  assert.equal(truncateToWidth('東京都庁', 6), '東京…');
  assert.equal(truncateToWidth('abc', 3), 'abc');
  assert.equal(shortenToWidth('東京都庁', 6), '東…庁');
  assert.equal(shortenToWidth('expert[seed=12]', 9), 'expe…=12]');
});
