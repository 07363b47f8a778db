import assert from 'node:assert/strict';
import {readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import type {InstanceId} from '../../src/pipeline/instance.ts';
import type {RunEvent} from '../../src/schedule/event.ts';
import {Journal, readJournal} from '../../src/schedule/journal.ts';
import {TemporaryFolder} from '../support/temporary-folder.ts';

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
  assert.deepEqual(readJournal(file), events);
  for (let length = 0; length < bytes.length; length++) {
    writeFileSync(file, bytes.subarray(0, length));
    const whole = bytes.subarray(0, length).filter((byte) => byte === 10).length;
    assert.deepEqual(readJournal(file), events.slice(0, whole));
  }
});
