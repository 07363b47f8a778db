import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {InstanceId} from '../../src/pipeline/instance.ts';
import {Board} from '../../src/report/board.ts';
import {displayWidth, truncateToWidth} from '../../src/report/display-width.ts';
import {footer} from '../../src/report/live-reporter.ts';
import type {RunEventBody} from '../../src/schedule/event.ts';
import type {Key} from '../../src/store/record.ts';

function boardWith(running: number): Board {
  const board = new Board();
  const fold = (seconds: number, body: RunEventBody): void =>
    board.fold({at: new Date(1000 * seconds).toISOString(), ...body});
  const head = {host: 'h', pid: 1};
  fold(0, {kind: 'run-started', run: 'r', head, pipeline: 'p', instances: 9, devices: ['cpu:0']});
  fold(0, {kind: 'hit', instance: 'stored' as InstanceId, key: 'k' as Key});
  for (let index = 0; index < running; index++) {
    const instance = `expert[expert=${index}]` as InstanceId;
    const started = {key: 'k' as Key, attempt: 'a', reasons: [], devices: [], log: 'l'};
    fold(0, {kind: 'started', instance, ...started});
    const step = {total: 40, unit: 'epochs', note: 'loss 0.5'};
    fold(1, {kind: 'progress', instance, progress: {done: 0, ...step}});
    fold(11, {kind: 'progress', instance, progress: {done: 10, ...step}});
  }
  fold(11, {kind: 'forecast', remainingMs: 60_000, unknown: 2});
  return board;
}

test('the footer has a line for each running instance, with pace and time left, and the totals', () => {
  const lines = footer(boardWith(1), {columns: 100, rows: 24, nowMs: 12_000});
  assert.deepEqual(lines, [
    '  expert[expert=0]  █████░░░░░░░░░░░░░░░  10/40 epochs, loss 0.5, 12 s, 29 s left',
    '  1/9 done · 1 stored already · 1 running · 7 left · more than 59 s to go',
  ]);
});

test('the footer never takes more room than the terminal has', () => {
  const lines = footer(boardWith(8), {columns: 30, rows: 8, nowMs: 12_000});
  assert.equal(lines.length, 6);
  assert.match(lines[4]!, /and 4 more/);
  assert.ok(lines.every((line) => displayWidth(line) < 30));
});

test('texts are cut by the columns they take, not by their characters', () => {
  assert.equal(displayWidth('東京 e\u0301'), 6);
  assert.equal(truncateToWidth('東京都庁', 6), '東京…');
  assert.equal(truncateToWidth('abc', 3), 'abc');
});
