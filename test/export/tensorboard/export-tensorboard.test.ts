import assert from 'node:assert/strict';
import {readFile, readdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {after, before, test} from 'node:test';
import {
  exportTensorboard,
  type Written,
} from '../../../src/export/tensorboard/export-tensorboard.ts';
import {blobPath} from '../../../src/store/layout.ts';
import {readEvent, readRecords} from '../../support/texts/event-file.ts';
import {hasModule, runPython} from '../../support/rigs/python.ts';
import {png, shownResults} from '../../support/texts/shown-results.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

let folder: TemporaryFolder;
let target: string;
let written: readonly Written[];

before(async () => {
  folder = await TemporaryFolder.create();
  const store = {root: folder.file('store')};
  target = folder.file('board');
  const outcome = await exportTensorboard(await shownResults(store), target, {store, ...offers});
  assert.ok(outcome.kind === 'written');
  ({written} = outcome);
});

after(() => folder[Symbol.asyncDispose]());

async function eventsOf(name: string): Promise<readonly unknown[]> {
  const file = await readFile(path.join(target, name, 'events.out.tfevents.distillery'));
  return readRecords(file).map(readEvent);
}

const head = {file_version: 'brain.Event:2'};
const image = {height: 4, width: 4, colorspace: 1, encoded_image_string: Buffer.from(png)};
const histo = {
  min: -1,
  max: 1,
  num: 4,
  sum: 0.5,
  sum_squares: 2,
  bucket_limit: [0, 1],
  bucket: [1, 3],
};

test('an invalid picture is reported with its file, and is not a bug', async () => {
  await using other = await TemporaryFolder.create();
  const store = {root: other.file('store')};
  const results = await shownResults(store);
  const {digest} = results[0]!.record.outputs['picture']!.artifacts[0]!;
  await writeFile(blobPath(store, digest), png.subarray(1));
  const outcome = await exportTensorboard(results, other.file('board'), {store, ...offers});
  const note = `${blobPath(store, digest)}: not a PNG picture.`;
  assert.deepEqual(outcome, {kind: 'unreadable', note});
});

test('an instance has its curves, histograms and pictures by step, at the time it was finished', async () => {
  const wall_time = Date.UTC(2026, 0, 2, 3, 4, 5, 500) / 1000;
  const numbers = (step: number, loss: number, startEpoch: number, stepSize: number) => ({
    wall_time,
    step,
    values: [
      {tag: 'Grand_Loss', simple_value: loss},
      {tag: 'Start_Epoch', simple_value: startEpoch},
      {tag: 'Synthetic_LR', simple_value: stepSize},
      {tag: 'imageGradientNorm', simple_value: 8},
    ],
  });
  assert.deepEqual(await eventsOf('distilled'), [
    {wall_time, ...head},
    {
      wall_time,
      step: 0,
      values: [
        // The first update started from the initial set.
        ...numbers(0, 1, 0, 0.5).values,
        {tag: 'Pixels', histo},
        {tag: 'picture', image},
      ],
    },
    numbers(1, 0.5, 3, 0.25),
    numbers(2, NaN, 1, 0.125),
    {
      wall_time,
      step: 10,
      values: [
        {
          tag: 'Pixels',
          histo: {
            min: -2,
            max: 2,
            num: 4,
            sum: 1,
            sum_squares: 3,
            bucket_limit: [0, 1, 2],
            bucket: [1, 2, 1],
          },
        },
        {tag: 'Clipped_Synthetic_Images/std_2.5', image},
      ],
    },
  ]);
});

test('the scores of all instances of a stage are one curve of mean and standard deviation, and of the best so far', async () => {
  const wall_time = Date.UTC(2026, 0, 2, 3, 4, 7) / 1000;
  const accuracy = (
    step: number,
    [mean, deviation]: readonly [number, number],
    [most, mostDeviation] = [mean, deviation],
  ): unknown => ({
    wall_time,
    step,
    values: [
      {tag: 'Accuracy/ConvNet', simple_value: mean},
      {tag: 'Std/ConvNet', simple_value: deviation},
      {tag: 'Max_Accuracy/ConvNet', simple_value: most},
      {tag: 'Max_Std/ConvNet', simple_value: mostDeviation},
    ],
  });
  assert.deepEqual(await eventsOf('scores/ours'), [
    {wall_time, ...head},
    accuracy(0, [0.125, 0]),
    accuracy(500, [0.5, 0.25]),
    accuracy(900, [0.25, 0], [0.5, 0.25]),
  ]);
  assert.deepEqual(await eventsOf('scores/ours,held-out'), [
    {wall_time, ...head},
    accuracy(500, [1, 0]),
  ]);
  const [, event] = await eventsOf('cell[a=1]/random/real');
  assert.deepEqual((event as {step: number}).step, 0);
});

test('a result without anything to draw has no folder, and exporting twice gives one file', async () => {
  const folders = written.map((run) => path.relative(target, run.folder));
  assert.deepEqual(folders, [
    'distilled',
    'scores/ours',
    'scores/ours,held-out',
    'cell[a=1]/random/real',
  ]);
  assert.deepEqual((await readdir(target)).sort(), ['cell[a=1]', 'distilled', 'scores']);
  const file = path.join(target, 'distilled/events.out.tfevents.distillery');
  const first = await readFile(file);
  const store = {root: folder.file('store')};
  await exportTensorboard(await shownResults(store), target, {store, ...offers});
  assert.deepEqual(await readdir(path.dirname(file)), [path.basename(file)]);
  assert.deepEqual(await readFile(file), first);
});

const load = `
import sys, json, math
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
board = EventAccumulator(sys.argv[1], size_guidance={'scalars': 0, 'histograms': 0, 'images': 0})
board.Reload()
scalars = {tag: [[e.step, 'nan' if math.isnan(e.value) else e.value] for e in board.Scalars(tag)] for tag in board.Tags()['scalars']}
histograms = {tag: [[e.step, e.histogram_value.num, e.histogram_value.bucket_limit] for e in board.Histograms(tag)] for tag in board.Tags()['histograms']}
images = {tag: [[e.step, e.width, e.height, len(e.encoded_image_string)] for e in board.Images(tag)] for tag in board.Tags()['images']}
print(json.dumps([scalars, histograms, images]))
`;
import {offers} from '../../../stages/offers.ts';

// Debian has no package of TensorBoard. Where it is not installed by hand, only the reader above checks the files.
const skip = hasModule('tensorboard') ? false : 'Python has no tensorboard';
test('TensorBoard itself reads the same', {skip}, async () => {
  const read = JSON.parse(await runPython(load, path.join(target, 'distilled'))) as unknown;
  assert.deepEqual(read, [
    {
      Grand_Loss: [
        [0, 1],
        [1, 0.5],
        [2, 'nan'],
      ],
      Start_Epoch: [
        [0, 0],
        [1, 3],
        [2, 1],
      ],
      Synthetic_LR: [
        [0, 0.5],
        [1, 0.25],
        [2, 0.125],
      ],
      imageGradientNorm: [
        [0, 8],
        [1, 8],
        [2, 8],
      ],
    },
    {
      Pixels: [
        [0, 4, [0, 1]],
        [10, 4, [0, 1, 2]],
      ],
    },
    {
      picture: [[0, 4, 4, png.length]],
      'Clipped_Synthetic_Images/std_2.5': [[10, 4, 4, png.length]],
    },
  ]);
});
