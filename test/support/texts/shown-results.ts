import {mkdir, rename} from 'node:fs/promises';
import path from 'node:path';
import {writeFile} from 'node:fs/promises';
import {
  Binary,
  Field,
  Float64,
  Int32,
  List,
  Table,
  Utf8,
  tableToIPC,
  vectorFromArray,
} from 'apache-arrow';
import {digestFile} from '../../../src/base/digest.ts';
import type {ShownResult} from '../../../src/export/tensorboard/export-tensorboard.ts';
import {writeSafetensors} from '../../../src/formats/safetensors/safetensors.ts';
import {float32Tensor, type Tensor} from '../../../src/formats/tensor.ts';
import {writeTable} from '../../../src/learning/codecs/table-arrow.ts';
import {imageGrid} from '../../../src/learning/pictures/image-grid.ts';
import {blobPath, type Store} from '../../../src/store/layout.ts';
import type {Artifact, Key} from '../../../src/store/records/record.ts';

/** A picture of 4×4 grey pixels. */
export const png = imageGrid(
  Float32Array.of(0, 1, 2, 3),
  {height: 2, width: 2, channels: 1},
  {scale: 1, padding: 1},
);

/** Results of a distillation and of two evaluations, in an empty store. */
export async function shownResults(store: Store): Promise<readonly ShownResult[]> {
  const distill = {
    metrics: await stored(store, (file) =>
      writeTable(file, {
        iteration: Int32Array.of(1, 2, 3),
        loss: Float64Array.of(1, 0.5, NaN),
        startEpoch: Int32Array.of(0, 3, 1),
        stepSize: Float64Array.of(0.5, 0.25, 0.125),
        imageGradientNorm: Float64Array.of(8, 8, 8),
        note: ['a', 'b', 'c'],
      }),
    ),
    histograms: await stored(store, (file) => writeFile(file, histogramTable())),
    pictures: await stored(store, (file) => writeFile(file, pictureTable())),
    picture: await stored(store, (file) => writeFile(file, png), 'image'),
    synthetic: await stored(store, (file) => writeSet(file, [0], ['zero']), 'synthetic'),
  };
  const scores = async (
    set: string,
    rows: readonly (readonly [number, number, ('held-out' | 'test')?])[],
  ) => ({
    scores: await stored(store, (file) =>
      writeTable(file, {
        model: rows.map(() => 'ConvNet'),
        set: rows.map(() => set),
        split: rows.map(([, , split = 'test']) => split),
        iteration: Int32Array.from(rows, ([iteration]) => iteration),
        accuracy: Float64Array.from(rows, ([, accuracy]) => accuracy),
      }),
    ),
  });
  const trials = [
    [500, 0.25],
    [500, 0.75],
    [500, 1, 'held-out'],
  ] as const;
  return [
    result('distilled', '2026-01-02T03:04:05.500Z', distill),
    result(
      'scores[iteration=900]',
      '2026-01-02T03:04:06.000Z',
      await scores('ours', [[900, 0.25]]),
    ),
    result('scores[iteration=0]', '2026-01-02T03:04:06.000Z', await scores('ours', [[0, 0.125]])),
    result('scores[iteration=500]', '2026-01-02T03:04:07.000Z', await scores('ours', trials)),
    result('cell[a=1]/random', '2026-01-02T03:04:08.000Z', await scores('real', [[-1, 0.5]])),
    result('table', '2026-01-02T03:04:09.000Z', {}),
  ];
}

type Output = readonly [string | undefined, Artifact];

function result(
  instance: string,
  finishedAt: string,
  outputs: Readonly<Record<string, Output>>,
): ShownResult {
  const recorded = Object.entries(outputs).map(([name, [media = name, artifact]]) => [
    name,
    {media, artifacts: [artifact]},
  ]);
  return {
    instance,
    record: {
      format: 1,
      key: '0'.repeat(64) as Key,
      type: 'any',
      outputs: Object.fromEntries(recorded) as ShownResult['record']['outputs'],
      attempt: 'a',
      startedAt: finishedAt,
      finishedAt,
      durationMs: 1,
      host: 'here',
      node: 'v20',
      provenance: {},
    },
  };
}

/** Stores an artifact. @param media defaults to that of the output's name */
export async function stored(
  store: Store,
  write: (file: string) => Promise<void>,
  media?: string,
): Promise<Output> {
  const draft = path.join(store.root, 'draft');
  await mkdir(store.root, {recursive: true});
  await write(draft);
  const digest = await digestFile(draft);
  const file = blobPath(store, digest);
  await mkdir(path.dirname(file), {recursive: true});
  await rename(draft, file);
  return [media, {digest, sizeBytes: 1}];
}

/** Writes a synthetic set of 2×2 grey images, one for each label. @param classes absent: the file has no names */
export async function writeSet(
  file: string,
  labels: readonly number[],
  classes?: readonly string[],
): Promise<void> {
  const images = float32Tensor(new Float32Array(4 * labels.length), [labels.length, 2, 2, 1]);
  const tensors = new Map<string, Tensor>([
    ['images', images],
    ['pixels', images],
    ['labels', {dtype: 'I32', shape: [labels.length], data: Int32Array.from(labels)}],
  ]);
  await writeSafetensors(file, tensors, classes ? {classes: JSON.stringify(classes)} : {});
}

function histogramTable(): Uint8Array {
  const number = (...values: number[]) => vectorFromArray(values, new Float64());
  const list = (...values: number[][]) =>
    vectorFromArray(values, new List(new Field('item', new Float64(), false)));
  const columns = {
    iteration: vectorFromArray([0, 10], new Int32()),
    name: vectorFromArray(['Pixels', 'Pixels'], new Utf8()),
    min: number(-1, -2),
    max: number(1, 2),
    count: number(4, 4),
    sum: number(0.5, 1),
    sumSquares: number(2, 3),
    limits: list([0, 1], [0, 1, 2]),
    counts: list([1, 3], [1, 2, 1]),
  };
  return tableToIPC(new Table(columns), 'file');
}

function pictureTable(): Uint8Array {
  const columns = {
    iteration: vectorFromArray([10], new Int32()),
    name: vectorFromArray(['Clipped_Synthetic_Images/std_2.5'], new Utf8()),
    png: vectorFromArray([png], new Binary()),
  };
  return tableToIPC(new Table(columns), 'file');
}
