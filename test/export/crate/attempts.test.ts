import assert from 'node:assert/strict';
import {test} from 'node:test';
import {lostAttempts} from '../../../src/export/crate/attempts.ts';
import type {RunEvent} from '../../../src/journal/event.ts';

const cause = {kind: 'stage-error', message: 'It failed.'} as const;

function event(second: number, fields: object): RunEvent {
  return {at: `2026-01-02T03:04:0${second}.000Z`, instance: 'a', ...fields} as unknown as RunEvent;
}

function started(second: number, attempt: string, fields: object = {}): RunEvent {
  return event(second, {kind: 'started', key: 'k', attempt, ...fields});
}

function told(events: readonly RunEvent[]): unknown {
  return lostAttempts(events).map(({attempt, endedAt, cause: why}) => [
    attempt,
    endedAt?.slice(17, 19),
    why?.kind,
  ]);
}

test('attempts that failed, were stopped or were killed are lost, and those that published are not', () => {
  const events = [
    started(1, 'failed-first'),
    event(2, {kind: 'retrying', cause, next: 2, delayMs: 0}),
    started(3, 'published'),
    event(4, {kind: 'finished', record: {attempt: 'published'}}),
    started(5, 'stopped', {instance: 'b'}),
    event(6, {kind: 'suspended', instance: 'b'}),
    started(7, 'killed', {instance: 'c'}),
    started(8, 'failed', {instance: 'd'}),
    event(9, {kind: 'failed', instance: 'd', cause}),
    event(9, {kind: 'skipped', instance: 'e', because: 'd'}),
  ];
  assert.deepEqual(told(events), [
    ['failed-first', '02', 'stage-error'],
    ['stopped', '06', undefined],
    ['killed', undefined, undefined],
    ['failed', '09', 'stage-error'],
  ]);
});

test('an attempt that was too late is lost, since the result is of another', () => {
  const events = [started(1, 'late'), event(2, {kind: 'hit', key: 'k', savedMs: 1})];
  assert.deepEqual(told(events), [['late', '02', undefined]]);
});
