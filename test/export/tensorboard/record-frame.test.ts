import assert from 'node:assert/strict';
import {test} from 'node:test';
import {crc32c, recordFrame} from '../../../src/export/tensorboard/record-frame.ts';
import {readRecords} from '../../support/texts/event-file.ts';

test('checksums are those of RFC 3720', () => {
  const vectors: readonly (readonly [Uint8Array, number])[] = [
    [Buffer.from('123456789'), 0xe3069283],
    [new Uint8Array(32), 0x8a9136aa],
    [new Uint8Array(32).fill(0xff), 0x62a8ab43],
    [Uint8Array.from({length: 32}, (_, i) => i), 0x46dd794e],
    [Uint8Array.from({length: 32}, (_, i) => 31 - i), 0x113fdb5c],
  ];
  for (const [bytes, crc] of vectors) assert.equal(crc32c(bytes), crc);
});

test('records are read as they were written, and one altered bit of any byte is detected', () => {
  const texts = ['', 'one', 'x'.repeat(300)];
  const file = Buffer.concat(texts.map((text) => recordFrame(Buffer.from(text))));
  assert.deepEqual(readRecords(file).map(String), texts);
  const frame = recordFrame(Buffer.from('one'));
  for (let at = 0; at < frame.length; at++) {
    const altered = Buffer.from(frame);
    altered[at]! ^= 4;
    assert.throws(() => readRecords(altered), `byte ${at}`);
  }
});
