import assert from 'node:assert/strict';
import {readFile, truncate, writeFile} from 'node:fs/promises';
import {test} from 'node:test';
import {PtFile} from '../../../src/formats/pytorch/pt-file.ts';
import {PtTensor, type PtValue} from '../../../src/formats/pytorch/values.ts';
import {
  floatBytes,
  pickledTensor,
  pickledText,
  writeArchive,
} from '../../support/data/pytorch-archive.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

/** The pickle that PyTorch 2.6 wrote for `torch.save(torch.arange(24.).reshape(2, 3, 4))`. */
const savedByPyTorch =
  '\x80\x02ctorch._utils\n_rebuild_tensor_v2\nq\x00((X\x07\x00\x00\x00storageq\x01ctorch\nFloatStorage\nq\x02' +
  'X\x01\x00\x00\x000q\x03X\x03\x00\x00\x00cpuq\x04K\x18tq\x05QK\x00K\x02K\x03K\x04\x87q\x06K\x0cK\x04K\x01\x87q\x07\x89' +
  'ccollections\nOrderedDict\nq\x08)Rq\x09tq\nRq\x0b.';

const counted = Array.from({length: 24}, (_, i) => i);

async function valueOf(pickle: string): Promise<PtValue> {
  await using folder = await TemporaryFolder.create();
  const path = folder.file('it.pt');
  await writeArchive(path, {pickle});
  await using file = await PtFile.open(path);
  return file.value;
}

test('a tensor as PyTorch saved it is read with its shape and type', async () => {
  await using folder = await TemporaryFolder.create();
  const path = folder.file('it.pt');
  await writeArchive(path, {pickle: savedByPyTorch, storages: {0: floatBytes(counted)}});
  await using file = await PtFile.open(path);
  const tensor = file.value;
  assert.ok(tensor instanceof PtTensor);
  assert.deepEqual(await file.read(tensor), {
    dtype: 'F32',
    shape: [2, 3, 4],
    data: Float32Array.from(counted),
  });
});

test('tensors are read as the views that they are of a shared storage', async () => {
  await using folder = await TemporaryFolder.create();
  const path = folder.file('it.pt');
  const views = [
    {shape: [4], strides: [1], offset: 20},
    {shape: [3, 2], strides: [1, 3], offset: 1}, // transposed
    {shape: [2, 2], strides: [12, 4], offset: 2}, // a column of each block
    {shape: [2, 3], strides: [0, 1], offset: 5}, // expanded
    {shape: [], strides: [], offset: 7},
    {shape: [0, 4], strides: [4, 1], offset: 24},
  ];
  const pickle = `\x80\x02](${views.map((view) => pickledTensor({key: '0', count: 24, ...view})).join('')}e.`;
  await writeArchive(path, {pickle, storages: {0: floatBytes(counted)}});
  await using file = await PtFile.open(path);
  const read = (file.value as readonly PtTensor[]).map(async (tensor) =>
    Array.from((await file.read(tensor)).data, Number),
  );
  assert.deepEqual(await Promise.all(read), [
    [20, 21, 22, 23],
    [1, 4, 2, 5, 3, 6],
    [2, 6, 14, 18],
    [5, 6, 7, 5, 6, 7],
    [7],
    [],
  ]);
});

test('lists, tuples, dictionaries, texts, numbers and None are read, in every protocol that there is', async () => {
  const list = `\x80\x02](K\x01M\x00\x01J\xff\xff\xff\xff\x8a\x01\x80\x8a\x09${'\x00'.repeat(8)}\x01G?\xf8${'\x00'.repeat(6)}\x88\x89Ne.`;
  assert.deepEqual(await valueOf(list), [1, 256, -1, -128, 2n ** 64n, 1.5, true, false, undefined]);
  const dictionary = `\x80\x02}(${pickledText('a')}K\x01${pickledText('b')}K\x02K\x03\x86u.`;
  assert.deepEqual(
    await valueOf(dictionary),
    new Map<string, PtValue>([
      ['a', 1],
      ['b', [2, 3]],
    ]),
  );
  const memo = `\x80\x04\x95\x05${'\x00'.repeat(7)}](${pickledText('x')}\x94h\x00j\x00\x00\x00\x00e.`;
  assert.deepEqual(await valueOf(memo), ['x', 'x', 'x']);
  const ordered = `\x80\x04${pickledText('collections')}${pickledText('OrderedDict')}\x93)R(K\x01K\x02u}b.`;
  assert.deepEqual(await valueOf(ordered), new Map([[1, 2]]));
});

const refused: Readonly<Record<string, {readonly pickle: string; readonly says: RegExp}>> = {
  'a call of a program': {
    pickle: `\x80\x02cos\nsystem\n(${pickledText('touch /tmp/never')}tR.`,
    says: /it names the Python object os\.system\. Only tensors, .* and nothing is run$/,
  },
  'a global by its parts': {
    pickle: `\x80\x04${pickledText('builtins')}${pickledText('eval')}\x93.`,
    says: /names the Python object builtins\.eval\./,
  },
  'a global by what is no text': {
    // Seventy lists, each of which contains the one before it twice. Their text would exceed any memory.
    pickle: `\x80\x04]q\x00${Array.from({length: 70}, (_, i) => `h${String.fromCharCode(i)}\x86q${String.fromCharCode(i + 1)}`).join('')}${pickledText('a')}\x93.`,
    says: /names a Python object by no text$/,
  },
  'a dictionary made of a list': {
    pickle: '\x80\x02ccollections\nOrderedDict\n]\x85R.',
    says: /a dictionary is made of something$/,
  },
  'a tensor with more axes than there are': {
    pickle: `\x80\x02${pickledTensor({key: '0', count: 24, shape: Array.from({length: 65}, () => 1), strides: Array.from({length: 65}, () => 1)})}.`,
    says: /a tensor has no offset, shape and strides$/,
  },
  'a class of an object': {
    pickle: '\x80\x02(i__main__\nThing\n.',
    says: /has an instruction 0x69, which is not read$/,
  },
  'the name of a property of objects': {
    pickle: '\x80\x02c__proto__\nconstructor\n.',
    says: /names the Python object __proto__\.constructor/,
  },
  'a global alone': {pickle: '\x80\x02ctorch\nFloatStorage\n.', says: /its pickle is no value$/},
  'a call of a type': {
    pickle: '\x80\x02ctorch\nFloatStorage\n)R.',
    says: /damaged: its pickle calls what is no function$/,
  },
  'a pickle that is cut short': {pickle: '\x80\x02](K', says: /damaged: its pickle is cut short$/},
  'a pickle without an end': {pickle: '\x80\x02]', says: /its pickle is cut short$/},
  'a length beyond the end': {pickle: '\x80\x02X\xff\xff\xff\xff', says: /pickle is cut short$/},
  'a length beyond all numbers': {
    pickle: `\x80\x04\x8d${'\xff'.repeat(8)}`,
    says: /pickle is cut short$/,
  },
  'too few values': {pickle: '\x80\x02K\x01(\x86.', says: /takes more values than there are$/},
  'a missing mark': {pickle: '\x80\x02]e.', says: /has no mark where it needs one$/},
  'an unknown memory': {pickle: '\x80\x02h\x05.', says: /recalls 5, which was never stored$/},
  'a protocol of long ago': {pickle: '\x80\x01N.', says: /has a protocol 1$/},
  'more than one value': {pickle: '\x80\x02NN.', says: /leaves more than one value$/},
  'a tensor beyond its storage': {
    pickle: `\x80\x02${pickledTensor({key: '0', count: 24, shape: [5, 5], strides: [5, 1]})}.`,
    says: /a tensor \[5, 5\] from 0 with strides \[5, 1\] lies outside of its 24 elements$/,
  },
  'a tensor with too few strides': {
    pickle: `\x80\x02${pickledTensor({key: '0', count: 24, shape: [2, 2], strides: [1]})}.`,
    says: /a tensor has 2 axes and 1 strides$/,
  },
};

for (const [what, {pickle, says}] of Object.entries(refused)) {
  test(`refused: ${what}`, async () => {
    await assert.rejects(valueOf(pickle), says);
  });
}

test('a pickle that nests a million times is read without recursion', async () => {
  let value = await valueOf(`\x80\x02${']'.repeat(1_000_000)}${'a'.repeat(999_999)}.`);
  let depth = 0;
  for (; Array.isArray(value) && value.length > 0; depth++) value = value[0] as PtValue;
  assert.equal(depth, 999_999);
});

test('a storage that is missing, too small or altered is reported when it is read', async () => {
  await using folder = await TemporaryFolder.create();
  const path = folder.file('it.pt');
  const pickle = `\x80\x02${pickledTensor({key: '0', count: 4, shape: [4], strides: [1]})}.`;
  const readAll = async (): Promise<unknown> => {
    await using file = await PtFile.open(path);
    return await file.read(file.value as PtTensor);
  };
  await writeArchive(path, {pickle});
  await assert.rejects(readAll, /it\/data\/0 must have 16 bytes, got none$/);
  await writeArchive(path, {pickle, storages: {0: floatBytes([1, 2])}});
  await assert.rejects(readAll, /it\/data\/0 must have 16 bytes, got 8$/);
  await writeArchive(path, {pickle, storages: {0: floatBytes([1, 2, 3, 4])}});
  const bytes = await readFile(path);
  bytes[bytes.indexOf(Buffer.from(floatBytes([3])))]! ^= 1;
  await writeFile(path, bytes);
  await assert.rejects(readAll, /the checksum of it\/data\/0 does not match$/);
});

test('a tensor that repeats elements beyond the size of its file is refused', async () => {
  await using folder = await TemporaryFolder.create();
  const path = folder.file('it.pt');
  const view = {key: '0', count: 1, shape: [255, 255, 255, 255], strides: [0, 0, 0, 0]};
  await writeArchive(path, {
    pickle: `\x80\x02${pickledTensor(view)}.`,
    storages: {0: floatBytes([1])},
  });
  await using file = await PtFile.open(path);
  await assert.rejects(
    file.read(file.value as PtTensor),
    /has more elements than the file has bytes$/,
  );
});

test('a file in another format, or in an old form of PyTorch files, is reported as such', async () => {
  await using folder = await TemporaryFolder.create();
  const path = folder.file('it.pt');
  const opening = async (): Promise<void> => {
    await using _ = await PtFile.open(path);
  };
  await writeFile(path, 'Hello');
  await assert.rejects(opening, /it\.pt: not a PyTorch file$/);
  await writeFile(path, '\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.', 'latin1');
  await assert.rejects(opening, /form of before PyTorch 1\.6, which is not read: load it with/);
  await writeArchive(path, {pickle: '\x80\x02N.', entries: {'it/byteorder': 'big'}});
  await assert.rejects(opening, /its byte order is "big"; only "little" is read$/);
  await writeArchive(path, {pickle: '\x80\x02N.', entries: {'it/constants.pkl': ''}});
  await assert.rejects(opening, /it is a TorchScript program; only tensors are read$/);
  await writeArchive(path, {pickle: '\x80\x02N.', entries: {'other/data.pkl': ''}});
  await assert.rejects(opening, /a zip file without a data\.pkl in a folder$/);
  await writeArchive(path, {pickle: '\x80\x02N.', entries: {'it/../../data.pkl': ''}});
  await assert.rejects(opening, /invalid relative path: it\/\.\.\/\.\.\/data\.pkl/);
  await writeArchive(path, {pickle: '\x80\x02N.', entries: {'it/data.pkl': ''}});
  await assert.rejects(opening, /damaged: it has two entries it\/data\.pkl$/);
});

test('a file that has lost its end, or any part of it, is refused', async () => {
  await using folder = await TemporaryFolder.create();
  const path = folder.file('it.pt');
  await writeArchive(path, {pickle: savedByPyTorch, storages: {0: floatBytes(counted)}});
  const whole = await readFile(path);
  for (let size = whole.length - 1; size > 4; size -= 13) {
    await writeFile(path, whole);
    await truncate(path, size);
    await assert.rejects(PtFile.open(path), {name: 'CorruptFile'}, `${size} bytes`);
  }
});

test('a compressed entry is refused before anything is unpacked', async () => {
  await using folder = await TemporaryFolder.create();
  const path = folder.file('it.pt');
  await writeArchive(path, {pickle: '\x80\x02N.'});
  const bytes = await readFile(path);
  // Method 8 (deflate) in the archive's directory says that the entry is compressed.
  bytes.writeUInt16LE(8, bytes.indexOf('PK\x01\x02') + 10);
  await writeFile(path, bytes);
  await assert.rejects(
    PtFile.open(path),
    /it\/data\.pkl is compressed, which PyTorch does not do$/,
  );
});
