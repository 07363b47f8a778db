import assert from 'node:assert/strict';
import {closeSync, openSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {digestOf} from '../../src/base/digest.ts';
import type {InstanceId} from '../../src/pipeline/graph/instance.ts';
import type {RunEvent} from '../../src/journal/event.ts';
import type {Key} from '../../src/store/records/record.ts';
import {Journal, salvageJournal} from '../../src/journal/journal.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

test('a journal that was cut off anywhere gives the events before the cut', async () => {
  await using folder = await TemporaryFolder.create();
  const file = path.join(folder.path, 'events.jsonl');
  const events = ['a', 'b', 'ü'].map((id): RunEvent => {
    return {at: '2020-01-01T00:00:00.000Z', kind: 'suspended', instance: id as InstanceId};
  });
  const journal = new Journal(file);
  for (const event of events) journal.append(event);
  journal.close();
  const bytes = readFileSync(file);
  assert.deepEqual(salvageJournal(file).events, events);
  for (let length = 0; length < bytes.length; length++) {
    writeFileSync(file, bytes.subarray(0, length));
    const whole = bytes.subarray(0, length).filter((byte) => byte === 10).length;
    assert.deepEqual(salvageJournal(file).events, events.slice(0, whole));
  }
});

test('hits are read as they were written, however many share a line, and the last of them when the run does nothing more', async () => {
  await using folder = await TemporaryFolder.create();
  const file = path.join(folder.path, 'events.jsonl');
  const hit = (at: string, id: string): RunEvent => {
    return {
      at,
      kind: 'hit',
      instance: id as InstanceId,
      key: String(digestOf(id)) as Key,
      savedMs: 7,
    };
  };
  const events: readonly RunEvent[] = [
    ...Array.from({length: 100}, (_, n) => hit('2020-01-01T00:00:00.000Z', `a[n=${n}]`)),
    hit('2020-01-01T00:00:00.001Z', 'b'),
    {at: '2020-01-01T00:00:00.001Z', kind: 'suspended', instance: 'c' as InstanceId},
    hit('2020-01-01T00:00:00.001Z', 'd'),
    hit('2020-01-01T00:00:00.001Z', 'e'),
  ];
  const journal = new Journal(file);
  for (const event of events) journal.append(event);
  assert.deepEqual(salvageJournal(file).events, events.slice(0, -2));
  journal.flush();
  assert.deepEqual(salvageJournal(file).events, events);
  journal.close();
  assert.equal(readFileSync(file, 'utf8').trimEnd().split('\n').length, 4);
});

test('complete lines that are not events are counted', async () => {
  await using folder = await TemporaryFolder.create();
  const file = path.join(folder.path, 'events.jsonl');
  const event: RunEvent = {
    at: '2020-01-01T00:00:00.000Z',
    kind: 'suspended',
    instance: 'a' as InstanceId,
  };
  for (const line of [
    '{"at"',
    'null',
    '7',
    '{}',
    '{"at":"x","kind":"other"}',
    '{"kind":"hits"}',
    '{"at":"2020-01-01T00:00:00.000Z","kind":"hits","hits":[["a"]]}',
    `{"at":"2020-01-01T00:00:00.000Z","kind":"started","instance":"a","key":"${digestOf('')}","attempt":"a","reasons":[],"devices":[],"log":"runs/../../secret"}`,
    `{"at":"2020-01-01T00:00:00.000Z","kind":"started","instance":"a","key":"${digestOf('')}","attempt":"a","reasons":[{"kind":"param-changed"}],"devices":[],"log":"a"}`,
    '{"at":"2020-01-01T00:00:00.000Z","kind":"failed","instance":"a","cause":{"kind":"store-error"}}',
    '{"at":"yesterday","kind":"suspended","instance":"a"}',
    '{"at":"2020-01-01T00:00:00.000Z","kind":"suspended"}',
    '{"at":"2020-01-01T00:00:00.000Z","kind":"finished","instance":"a","record":{}}',
    '{"at":"2020-01-01T00:00:00.000Z","kind":"forecast","remainingMs":1e999,"unknown":0}',
    `{"at":"2020-01-01T00:00:00.000Z","kind":"planned","name":"a","stages":{"nodes":[],"edges":[]},"params":{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}}`,
    '{"at":"2020-01-01T00:00:00.000Z","kind":"planned","name":"a","stages":{"nodes":[],"edges":[]},"params":[]}',
    '\0',
  ]) {
    writeFileSync(file, `${line}\n${JSON.stringify(event)}\n{"to`);
    assert.deepEqual(salvageJournal(file), {events: [event], unreadable: 1, isTorn: true}, line);
  }
});

test('nothing is written after the end, though another file may have the descriptor', async () => {
  await using folder = await TemporaryFolder.create();
  const file = path.join(folder.path, 'events.jsonl');
  const event: RunEvent = {
    at: '2020-01-01T00:00:00.000Z',
    kind: 'suspended',
    instance: 'a' as InstanceId,
  };
  const journal = new Journal(file);
  journal.append(event);
  journal.close();
  // The system gives the smallest number that is free.
  const other = openSync(path.join(folder.path, 'other'), 'w');
  assert.throws(() => journal.append(event), /closed/);
  journal.close();
  closeSync(other);
  assert.deepEqual(salvageJournal(file).events, [event]);
  assert.equal(readFileSync(path.join(folder.path, 'other'), 'utf8'), '');
});
