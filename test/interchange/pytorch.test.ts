import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';
import {PtFile} from '../../src/formats/pytorch/pt-file.ts';
import {TensorToSave, type ToSave} from '../../src/formats/pytorch/pickler.ts';
import type {PtTensor, PtValue} from '../../src/formats/pytorch/values.ts';
import {writePt} from '../../src/formats/pytorch/write-pt.ts';
import type {Tensor} from '../../src/formats/tensor.ts';
import {runPython, skipWithout} from '../support/rigs/python.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

/**
 * A program that saves the same values in several ways. It is a single process, because PyTorch takes seconds to load.
 */
const save = `
import sys, torch
from collections import OrderedDict
folder = sys.argv[1]
counted = torch.arange(24.).reshape(2, 3, 4)
values = OrderedDict()
for name in ['float64', 'float32', 'float16', 'bfloat16', 'int64', 'int32', 'int16', 'int8', 'uint8', 'bool', 'uint16']:
    values[name] = torch.tensor([0, 1, 2, 100]).to(getattr(torch, name))
values['transposed'] = counted.permute(2, 0, 1)
values['slice'] = counted[:, 1, ::2]
values['last'] = counted[1, 2]
values['expanded'] = counted[0, 0, :2].expand(3, 2)
values['empty'] = torch.empty(0, 3)
values['scalar'] = torch.tensor(2.5)
values['parameter'] = torch.nn.Parameter(torch.tensor([1., 2.]))
values['plain'] = [1, -1, 300, 2 ** 40, 2 ** 70, 0.1, True, None, 'ü', (1, 2), torch.Size([3, 4])]
values['state'] = torch.nn.Linear(2, 1).state_dict()
for protocol in [2, 3, 4, 5]:
    torch.save(values, f'{folder}/protocol-{protocol}.pt', pickle_protocol=protocol)
torch.save(values, folder + '/legacy.pt', _use_new_zipfile_serialization=False)
torch.save({1, 2}, folder + '/set.pt')
`;

const load = `
import sys, json, torch
folder = sys.argv[1]
value = torch.load(folder + '/ours.pt', weights_only=True)
mapped = torch.load(folder + '/ours.pt', weights_only=True, mmap=True)
out = {}
for name, item in value['tensors'].items():
    assert torch.equal(item, mapped['tensors'][name]), name
    assert item.is_contiguous() and item.data_ptr() % 8 == 0
    out[name] = [str(item.dtype), list(item.shape), item.double().flatten().tolist()]
print(json.dumps([out, value['plain']]))
`;

const ours: readonly (readonly [string, string, Tensor])[] = [
  ['F64', 'float64', {dtype: 'F64', shape: [2], data: Float64Array.of(Math.PI, -1)}],
  ['F32', 'float32', {dtype: 'F32', shape: [3, 1, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6)}],
  ['F16', 'float16', {dtype: 'F16', shape: [2], data: Float32Array.of(0.5, -2)}],
  ['BF16', 'bfloat16', {dtype: 'BF16', shape: [2], data: Float32Array.of(0.5, -2)}],
  ['I64', 'int64', {dtype: 'I64', shape: [2], data: BigInt64Array.of(-1n, 2n ** 40n)}],
  ['I32', 'int32', {dtype: 'I32', shape: [1], data: Int32Array.of(-70000)}],
  ['I16', 'int16', {dtype: 'I16', shape: [1], data: Int16Array.of(-7)}],
  ['I8', 'int8', {dtype: 'I8', shape: [1], data: Int8Array.of(-7)}],
  ['U8', 'uint8', {dtype: 'U8', shape: [1], data: Uint8Array.of(200)}],
  ['BOOL', 'bool', {dtype: 'BOOL', shape: [2], data: Uint8Array.of(0, 1)}],
  ['scalar', 'float32', {dtype: 'F32', shape: [], data: Float32Array.of(7)}],
  ['empty', 'float32', {dtype: 'F32', shape: [0, 3], data: new Float32Array()}],
];

describe('with PyTorch', {skip: skipWithout('torch')}, () => {
  let folder: TemporaryFolder;

  before(async () => {
    folder = await TemporaryFolder.create();
    await runPython(save, folder.path);
  });

  after(() => folder[Symbol.asyncDispose]());

  for (const protocol of [2, 3, 4, 5]) {
    test(`files that torch.save wrote with protocol ${protocol} are read`, async () => {
      await using file = await PtFile.open(folder.file(`protocol-${protocol}.pt`));
      const values = file.value as ReadonlyMap<string, PtValue>;
      const read = async (name: string): Promise<Tensor> => file.read(values.get(name) as PtTensor);
      const types = {
        float64: 'F64',
        float32: 'F32',
        float16: 'F16',
        bfloat16: 'BF16',
        int64: 'I64',
        int32: 'I32',
        int16: 'I16',
        int8: 'I8',
        uint8: 'U8',
        bool: 'BOOL',
        uint16: 'U16',
      };
      for (const [name, dtype] of Object.entries(types)) {
        const {data, ...tensor} = await read(name);
        assert.deepEqual(tensor, {dtype, shape: [4]});
        assert.deepEqual(Array.from(data, Number), name === 'bool' ? [0, 1, 1, 1] : [0, 1, 2, 100]);
      }
      const views = {
        transposed: {
          shape: [4, 2, 3],
          data: Array.from(
            {length: 24},
            (_, i) => 12 * (Math.floor(i / 3) % 2) + 4 * (i % 3) + Math.floor(i / 6),
          ),
        },
        slice: {shape: [2, 2], data: [4, 6, 16, 18]},
        last: {shape: [4], data: [20, 21, 22, 23]},
        expanded: {shape: [3, 2], data: [0, 1, 0, 1, 0, 1]},
        empty: {shape: [0, 3], data: []},
        scalar: {shape: [], data: [2.5]},
        parameter: {shape: [2], data: [1, 2]},
      };
      for (const [name, {shape, data}] of Object.entries(views)) {
        assert.deepEqual(
          await read(name),
          {dtype: 'F32', shape, data: Float32Array.from(data)},
          name,
        );
      }
      const plain = [1, -1, 300, 2 ** 40, 2n ** 70n, 0.1, true, undefined, 'ü', [1, 2], [3, 4]];
      assert.deepEqual(values.get('plain'), plain);
      const state = values.get('state') as ReadonlyMap<string, PtTensor>;
      assert.deepEqual(
        Array.from(state, ([name, {shape}]) => [name, shape]),
        [
          ['weight', [1, 2]],
          ['bias', [1]],
        ],
      );
    });
  }

  test('a file in the form before PyTorch 1.6 and a Python set are refused, each with its reason', async () => {
    await assert.rejects(PtFile.open(folder.file('legacy.pt')), /form of before PyTorch 1\.6/);
    await assert.rejects(PtFile.open(folder.file('set.pt')), /names the Python object \S*\.set\./);
  });

  test('torch.load(weights_only=True) reads what is written here, mapped into memory too', async () => {
    const tensors = ours.map(([name, , tensor]): [string, ToSave<Tensor>] => [
      name,
      new TensorToSave({dtype: tensor.dtype, shape: tensor.shape, source: tensor}),
    ]);
    const plain = [1, -1, 2 ** 31, -(2 ** 40), 0.1, true, false, 'ü'];
    const value = new Map<string, ToSave<Tensor>>([
      ['tensors', new Map(tensors)],
      ['plain', plain],
    ]);
    await writePt(folder.file('ours.pt'), value, ({data}) => data);
    const expected = ours.map(([name, dtype, {shape, data}]) => [
      name,
      [`torch.${dtype}`, shape, Array.from(data, Number)],
    ]);
    const loaded = JSON.parse(await runPython(load, folder.path)) as unknown;
    assert.deepEqual(loaded, [Object.fromEntries(expected), plain]);
  });
});
