import assert from 'node:assert/strict';
import {open, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {gzipSync} from 'node:zlib';
import {tableFromArrays, tableToIPC} from 'apache-arrow';
import {encode} from 'fast-png';
import {findTornEnd, startsAs} from '../../src/formats/signature.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

const arrow = tableToIPC(tableFromArrays({a: Int32Array.of(1)}), 'file');
const png = encode({width: 1, height: 1, data: Uint8Array.of(7), channels: 1});

test('files of other programs start as their formats do', () => {
  assert.ok(startsAs('arrow', arrow));
  assert.ok(startsAs('png', png));
  assert.ok(startsAs('gzip', gzipSync('x')));
  assert.ok(!startsAs('arrow', png));
  assert.ok(!startsAs('png', png.subarray(0, 7)));
  assert.ok(!startsAs('zip', new Uint8Array()));
});

test('a PNG file whose line ends were converted is not recognised', () => {
  const changed = Buffer.from(Buffer.from(png).toString('latin1').replace('\r\n', '\n'), 'latin1');
  assert.ok(!startsAs('png', changed));
});

for (const [format, whole] of [
  ['arrow', arrow],
  ['png', png],
] as const) {
  test(`the torn end of an ${format} file is found`, async () => {
    await using folder = await TemporaryFolder.create();
    const file = path.join(folder.path, 'file');
    for (const [bytes, torn] of [
      [whole, undefined],
      [whole.subarray(1), 'start'],
      [whole.subarray(0, -1), 'end'],
      [whole.subarray(0, 8), 'end'],
      [new Uint8Array(), 'start'],
    ] as const) {
      await writeFile(file, bytes);
      const handle = await open(file);
      try {
        assert.equal(await findTornEnd(format, handle, bytes.length), torn);
      } finally {
        await handle.close();
      }
    }
  });
}
