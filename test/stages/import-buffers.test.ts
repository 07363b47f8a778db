import assert from 'node:assert/strict';
import {test} from 'node:test';
import {TensorToSave, type ToSave} from '../../src/formats/pytorch/pickler.ts';
import {rowMajorStrides} from '../../src/formats/pytorch/values.ts';
import {writePt} from '../../src/formats/pytorch/write-pt.ts';
import {elementCount} from '../../src/formats/tensor.ts';
import {StageError, StopRequested} from '../../src/contract/stage.ts';
import {openBuffers} from '../../src/learning/codecs/buffers.ts';
import {writeDataset} from '../../src/learning/codecs/dataset-arrow.ts';
import {createModel} from '../../src/learning/models/catalog.ts';
import {OfficialBuffer} from '../../src/learning/interchange/official-buffer.ts';
import {run} from '../../stages/import-buffers/run.ts';
import {StageRig} from '../support/registries/stage-context.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';
import {unreadableTinyDataset} from '../support/data/tiny-dataset.ts';
import {pickledTensor, floatBytes, writeArchive} from '../support/data/pytorch-archive.ts';

const model = 'ConvNetD1W8';
// Its images cannot be read, so the test fails if the stage reads one.
const dataset = unreadableTinyDataset();
const network = createModel(model, {input: dataset.shape, classes: dataset.classes.length});

type Parameters = readonly TensorToSave<Float32Array>[];

/** Gives parameters that are filled with `value` plus their index. */
function snapshot(value: number): Parameters {
  return network.params.map(({shape}, i) => filled(shape, value + i));
}

function filled(shape: readonly number[], value: number): TensorToSave<Float32Array> {
  return new TensorToSave({
    dtype: 'F32',
    shape,
    source: new Float32Array(elementCount(shape)).fill(value),
  });
}

/** Gives trajectories: number t begins at 1000·t, and each epoch adds 100. */
function trajectories(
  count: number,
  snapshots: number,
  first = 0,
): readonly (readonly Parameters[])[] {
  return Array.from({length: count}, (_, t) =>
    Array.from({length: snapshots}, (_, epoch) => snapshot(1000 * (first + t) + 100 * epoch)),
  );
}

async function rigWith(...saved: readonly ToSave<Float32Array>[]): Promise<{
  rig: StageRig;
  files: readonly string[];
}> {
  const rig = await StageRig.create();
  await writeDataset(rig.folder.file('dataset'), dataset);
  const files = saved.map((_, i) => rig.folder.file(`replay_buffer_${i}.pt`));
  for (const [i, value] of saved.entries()) await writePt(files[i]!, value, (source) => source);
  return {rig, files};
}

function running(
  {rig, files}: {readonly rig: StageRig; readonly files: readonly string[]},
  params: {readonly keep?: number; readonly model?: typeof model | 'MLP'} = {},
): Promise<void> {
  const inputs = {files, dataset: [rig.folder.file('dataset')]};
  return run(rig.context({params: {model, precision: 'F32' as const, ...params}, inputs}));
}

async function fails(value: ToSave<Float32Array>, message: RegExp): Promise<void> {
  const given = await rigWith(value);
  await using _ = given.rig;
  await assert.rejects(
    running(given),
    (error) => error instanceof StageError && message.test(error.message),
  );
}

test('each file becomes a buffer, with the identity of the data set and the layout of the network', async () => {
  const given = await rigWith(trajectories(2, 3), trajectories(1, 3, 2));
  await using rig = given.rig;
  await running(given);
  await using buffers = await openBuffers([rig.output('buffers', 0), rig.output('buffers', 1)]);
  assert.equal(buffers.trajectories, 3);
  assert.equal(buffers.snapshots, 3);
  assert.equal(buffers.kind.source, dataset.source);
  assert.equal(buffers.kind.transformDigest, dataset.transformDigest);
  assert.deepEqual(
    buffers.layout,
    network.params.map(({name, shape}) => ({name, shape})),
  );
  const expected = snapshot(2200).flatMap(({source}) => [...source]);
  assert.deepEqual([...(await buffers.snapshot(2, 2))], expected);
  assert.deepEqual(
    buffers.experts.map(({seed}) => seed),
    [0, 1, 2],
  );
  assert.deepEqual(rig.progress.at(-1), {done: 9, total: 9, unit: 'snapshots'});
});

test('only the snapshots that are asked for are kept', async () => {
  const given = await rigWith(trajectories(1, 4));
  await using rig = given.rig;
  await running(given, {keep: 1});
  await using buffers = await openBuffers([rig.output('buffers', 0)]);
  assert.equal(buffers.snapshots, 2);
  await assert.rejects(
    running(given, {keep: 4}),
    /keep must be at most the 3 epochs of the files, got 4\.$/,
  );
});

test('the stage stops when it is asked to', async () => {
  const given = await rigWith(trajectories(1, 2));
  await using rig = given.rig;
  rig.stop();
  await assert.rejects(running(given), StopRequested);
});

test('parameters of another network are refused by name and shapes', async () => {
  const wrong = filled([16, 3, 3, 3], 0);
  await fails(
    [[[wrong, ...snapshot(0).slice(1)]]],
    /^.*replay_buffer_0\.pt: parameter 0 \(\S+\) of trajectory 0, snapshot 0 must be \[8, 3, 3, 3\] for ConvNetD1W8 on tiny, got \[16, 3, 3, 3\]$/,
  );
  await fails([[snapshot(0).slice(0, 3)]], /parameter 3 \(\S+\) .* got only 3 parameters$/);
  await fails(
    [[[...snapshot(0), filled([1], 0)]]],
    /snapshot 0 has 7 parameters, but ConvNetD1W8 on tiny has 6$/,
  );
});

test('a file without lists of lists of lists of tensors is refused, with its description', async () => {
  await fails(filled([2, 3], 0), /it must be a list of trajectories, .*; it is a tensor \[2, 3\]$/);
  await fails([], /; it is an empty list$/);
  await fails([snapshot(0)], /; it is a list of 1, the first a list of 6, the first a tensor/);
  await fails(new Map([['a', 1]]), /; it is a dictionary$/);
  await fails(
    [[snapshot(0)], [snapshot(0), snapshot(1)]],
    /trajectory 1 has 2 snapshots, but trajectory 0 has 1$/,
  );
  await fails([[snapshot(NaN)]], /trajectory 0, snapshot 0 has parameters that are not finite$/);
});

test('lists that are referred to many times are refused before each reference is followed', async () => {
  await using folder = await TemporaryFolder.create();
  const path = folder.file('it.pt');
  const tensor = pickledTensor({key: '0', count: 1, shape: [1], strides: [1]});
  const remembered = (number: number, of: string): string => of + `q${String.fromCharCode(number)}`;
  const list = (number: number, of: string): string =>
    `](${remembered(number, of)}${`h${String.fromCharCode(number)}`.repeat(1999)}e`;
  // The list refers 2,000 times to one trajectory, which refers 2,000 times to one snapshot. A look at each tensor
  // would take hours.
  const pickle = `\x80\x02${list(2, list(1, list(0, tensor)))}.`;
  await writeArchive(path, {pickle, storages: {0: floatBytes([1])}});
  const layout = network.params.map(({name, shape}) => ({name, shape}));
  await assert.rejects(
    OfficialBuffer.open(path, {name: 'it', layout}),
    /it has one list in several places$/,
  );
});

test('snapshots that share their memory are refused', async () => {
  const {rig} = await rigWith();
  await using _ = rig;
  const path = rig.folder.file('aliased.pt');
  const shapes = network.params.map(({shape}) => shape);
  const tensor = (shape: readonly number[], i: number, count: number): string => {
    const strides = count === 1 ? shape.map(() => 0) : rowMajorStrides(shape);
    return pickledTensor({key: String(i), count, shape, strides});
  };
  const saved = (tensors: readonly string[]): string => `](${tensors.join('')}e`;
  const whole = saved(shapes.map((shape, i) => tensor(shape, i, elementCount(shape))));
  const storages = {0: floatBytes([1])};
  await writeArchive(path, {pickle: `\x80\x02](](${whole}${whole}ee.`, storages});
  await assert.rejects(
    running({rig, files: [path]}),
    /snapshots 0 and 1 of trajectory 0 share their memory: experts that the official program trained on a CPU/,
  );
  const repeated = saved(shapes.map((shape, i) => tensor(shape, i, 1)));
  await writeArchive(path, {pickle: `\x80\x02](](${repeated}ee.`, storages});
  await assert.rejects(
    running({rig, files: [path]}),
    /trajectory 0, snapshot 0 has a parameter that repeats the same numbers in memory$/,
  );
});
