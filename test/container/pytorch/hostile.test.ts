import assert from 'node:assert/strict';
import {readFile, writeFile} from 'node:fs/promises';
import {test} from 'node:test';
import * as fc from 'fast-check';
import {FileFault} from '../../../src/formats/file-fault.ts';
import {TensorToSave, type ToSave} from '../../../src/formats/pytorch/pickler.ts';
import {PtFile} from '../../../src/formats/pytorch/pt-file.ts';
import {unpickle} from '../../../src/formats/pytorch/unpickler.ts';
import {PtTensor, type PtValue} from '../../../src/formats/pytorch/values.ts';
import {writePt} from '../../../src/formats/pytorch/write-pt.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

/** Gives the message of a `FileFault`; throws any other error again. */
function faultOf(error: unknown): string {
  if (error instanceof FileFault) return error.message;
  throw error;
}

/** Reads all tensors in a list that is nested as deeply as the one in the altered file. */
async function readAll(path: string): Promise<void> {
  await using file = await PtFile.open(path);
  const tensors = (value: PtValue, depth: number): readonly PtTensor[] => {
    if (value instanceof PtTensor) return [value];
    if (!Array.isArray(value) || depth === 0) return [];
    return (value as readonly PtValue[]).flatMap((item) => tensors(item, depth - 1));
  };
  for (const tensor of tensors(file.value, 3)) await file.read(tensor);
}

const alterations = fc.array(fc.tuple(fc.nat(), fc.integer({min: 0, max: 255})), {
  minLength: 1,
  maxLength: 4,
});

function altered(bytes: Buffer, changes: readonly (readonly [number, number])[]): Buffer {
  const copy = Buffer.from(bytes);
  for (const [place, value] of changes) copy[place % copy.length] = value;
  return copy;
}

test('whatever bytes of a file are altered, it is read or refused, and nothing else', async () => {
  await using folder = await TemporaryFolder.createInMemory();
  const path = folder.file('it.pt');
  const tensor = new TensorToSave({
    dtype: 'F32',
    shape: [2, 3],
    source: Float32Array.of(1, 2, 3, 4, 5, 6),
  });
  const value: ToSave<Float32Array> = [[[tensor, tensor], 'text', 2.5], new Map([['a', 1]])];
  await writePt(path, value, (source) => source);
  const whole = await readFile(path);
  await readAll(path);
  await fc.assert(
    fc.asyncProperty(alterations, async (changes) => {
      await writeFile(path, altered(whole, changes));
      await readAll(path).catch(faultOf);
    }),
    {numRuns: 400},
  );
});

test('whatever the instructions of a pickle are, it is read or refused, and nothing else', () => {
  // The known codes, and arguments of some of them, so that many random pickles are read far.
  const codes = Array.from(
    '\x80\x02\x95N\x88\x89JKM\x8aGX\x8c](){}\x85\x86\x87taesuqr\x94hjc\x93QRb.',
    (code) => code.charCodeAt(0),
  );
  const names = ['ctorch\nFloatStorage\n', 'ctorch._utils\n_rebuild_tensor_v2\n', 'K\x01', ')'];
  const piece = fc.oneof(
    fc.constantFrom(...codes).map((code) => Buffer.of(code)),
    fc.constantFrom(...names).map((name) => Buffer.from(name, 'latin1')),
    fc.uint8Array({maxLength: 3}).map((bytes) => Buffer.from(bytes)),
  );
  fc.assert(
    fc.property(fc.array(piece, {maxLength: 40}), (pieces) => {
      try {
        unpickle(Buffer.concat([Buffer.of(0x80, 2), ...pieces, Buffer.from('.')]), 'it');
      } catch (error) {
        assert.match(faultOf(error), /^it: /);
      }
    }),
    {numRuns: 5000},
  );
});
