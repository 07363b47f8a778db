import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {tableFromArrays, tableToIPC} from 'apache-arrow';
import {encode} from 'fast-png';
import type {Container} from '../../src/contract/media.ts';
import {checkContainer} from '../../src/store/check-container.ts';
import {TemporaryFolder} from '../support/temporary-folder.ts';

function safetensors(): Buffer {
  const header = Buffer.from(
    JSON.stringify({
      __metadata__: {format: 'pt'},
      a: {dtype: 'F32', shape: [2], data_offsets: [0, 8]},
    }),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, Buffer.alloc(8)]);
}

/** `bytes` may be anything. */
type Framed = Exclude<Container, 'bytes'>;

const whole: Readonly<Record<Framed, Uint8Array>> = {
  arrow: tableToIPC(tableFromArrays({a: Int32Array.of(1, 2, 3)}), 'file'),
  safetensors: safetensors(),
  png: encode({width: 2, height: 1, data: Uint8Array.of(0, 255), channels: 1}),
  text: Buffer.from('Zürich, 東京'),
};

for (const [container, bytes] of Object.entries(whole) as [Framed, Uint8Array][]) {
  test(`a whole ${container} file passes, and every torn one is found`, async () => {
    await using folder = await TemporaryFolder.create();
    const file = path.join(folder.path, 'file');
    await writeFile(file, bytes);
    assert.equal(await checkContainer(file, container), undefined);
    // A text may end after any character, so only a torn character can be seen.
    const lengths = container === 'text' ? [bytes.length - 1] : [0, 1, 7, 9, bytes.length - 1];
    for (const length of lengths) {
      await writeFile(file, bytes.subarray(0, length));
      assert.match((await checkContainer(file, container)) ?? '', /^(is|does not) /);
    }
  });
}
