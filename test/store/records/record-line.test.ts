import assert from 'node:assert/strict';
import {test} from 'node:test';
import * as fc from 'fast-check';
import {digestOf} from '../../../src/base/digest.ts';
import {mediaName} from '../../../src/contract/media.ts';
import {RecordLines} from '../../../src/store/records/record-line.ts';
import type {Key, StageRecord} from '../../../src/store/records/record.ts';

const digests = fc.string().map((text) => digestOf(text));
const keys = digests.map((digest) => String(digest) as Key);
const names = fc.stringMatching(/^[a-z][a-z-]{0,9}$/);
const words = fc.stringMatching(/^[ -~]{0,20}$/);

const outputs = fc.record({
  media: names.filter((name) => mediaName.test(name)),
  artifacts: fc.array(fc.record({digest: digests, sizeBytes: fc.nat()}), {maxLength: 3}),
});

const records: fc.Arbitrary<StageRecord> = fc.record({
  format: fc.constant(1),
  key: keys,
  type: names,
  outputs: fc.dictionary(names, outputs, {maxKeys: 3, noNullPrototype: true}),
  attempt: words,
  startedAt: words,
  finishedAt: words,
  durationMs: fc.nat(),
  host: words,
  node: words,
  provenance: fc.dictionary(names, fc.jsonValue() as fc.Arbitrary<never>, {noNullPrototype: true}),
});

const state = '123.4567 89 10';

test('a record comes back from its line as it was', () => {
  const lines = new RecordLines();
  fc.assert(
    fc.property(records, (record) => {
      const line = lines.write(record, state)!;
      assert.ok(!line.includes('\n'));
      // The record as it is read from its own file.
      const stored = JSON.parse(JSON.stringify(record)) as StageRecord;
      assert.deepEqual(lines.read(line, record.key, state), stored);
    }),
  );
});

test('a line is read only for its key and state', () => {
  const lines = new RecordLines();
  fc.assert(
    fc.property(records, keys, (record, other) => {
      fc.pre(other !== record.key);
      const line = lines.write(record, state)!;
      assert.equal(lines.read(line, other, state), undefined);
      assert.equal(lines.read(line, record.key, '123.4567 89 11'), undefined);
    }),
  );
});

test('a line that was cut off, or is joined to another, is ignored', () => {
  const lines = new RecordLines();
  fc.assert(
    fc.property(
      records,
      fc.double({min: 0, max: 1, maxExcluded: true, noNaN: true}),
      (record, at) => {
        const line = lines.write(record, state)!;
        const torn = line.slice(0, Math.floor(at * line.length));
        assert.equal(lines.read(torn, record.key, state), undefined);
        if (torn !== '') assert.equal(lines.read(torn + line, record.key, state), undefined);
      },
    ),
  );
});

test('records that do not fit on a line, or have another format, are left to their own files', () => {
  const [record] = fc.sample(records, {numRuns: 1, seed: 1});
  const lines = new RecordLines();
  for (const host of ['a\tb', 'a\nb']) {
    // JSON escapes both characters in `host`, but an attempt is written without JSON.
    assert.ok(lines.write({...record!, host}, state));
    assert.equal(lines.write({...record!, attempt: host}, state), undefined);
  }
  const line = lines.write(record!, state)!.replace('"format":1', '"format":2');
  assert.equal(lines.read(line, record!.key, state), undefined);
});

test('a line with content that no record has is ignored', () => {
  const digest = digestOf('');
  const [sample] = fc.sample(records, {numRuns: 1, seed: 1});
  const record: StageRecord = {
    ...sample!,
    durationMs: 12_345,
    provenance: {engine: 'wasm'},
    outputs: {out: {media: 'text', artifacts: [{digest, sizeBytes: 98_765}]}},
  };
  const lines = new RecordLines();
  const line = lines.write(record, state)!;
  const changes = [
    ['12345', 'NaN'],
    ['98765', '1e999'],
    ['\tout\t', '\t__proto__\t'],
    ['"provenance":{"engine":"wasm"}', '"provenance":7'],
    [JSON.stringify({host: record.host}).slice(1, -1), '"host":null'],
  ] as const;
  for (const [was, is] of changes) {
    assert.ok(line.includes(was), was);
    assert.equal(lines.read(line.replace(was, is), record.key, state), undefined, is);
  }
});
