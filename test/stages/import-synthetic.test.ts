import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {test} from 'node:test';
import {TensorToSave, type ToSave} from '../../src/formats/pytorch/pickler.ts';
import {writePt} from '../../src/formats/pytorch/write-pt.ts';
import {StageError} from '../../src/contract/stage.ts';
import type {Tensor} from '../../src/formats/tensor.ts';
import {writeDataset} from '../../src/learning/codecs/dataset-arrow.ts';
import {readSynthetic, writeSynthetic} from '../../src/learning/codecs/synthetic.ts';
import type {SyntheticSet} from '../../src/learning/data/synthetic.ts';
import {targetRows} from '../../src/learning/data/targets.ts';
import {writeTransform} from '../../src/learning/codecs/transform.ts';
import {exportPt} from '../../stages/exchange/export-pt.ts';
import {run} from '../../stages/import-synthetic/run.ts';
import {StageRig} from '../support/registries/stage-context.ts';
import {unreadableTinyDataset} from '../support/data/tiny-dataset.ts';

// Its images cannot be read, so the test fails if the stage reads one.
const dataset = unreadableTinyDataset();
const {height, width, channels} = dataset.shape;
const size = height * width * channels;

type Saved = ToSave<Tensor>;

function saved(tensor: Tensor): Saved {
  return new TensorToSave({dtype: tensor.dtype, shape: tensor.shape, source: tensor});
}

/** Gives images with the channels first, in which number i is i / 100. */
function images(count: number, shape = [channels, height, width]): Saved {
  const data = Float32Array.from({length: count * size}, (_, i) => i / 100);
  return saved({dtype: 'F32', shape: [count, ...shape], data});
}

function labels(...given: readonly number[]): Saved {
  const data = BigInt64Array.from(given, (label) => BigInt(label));
  return saved({dtype: 'I64', shape: [given.length], data});
}

class Import implements AsyncDisposable {
  readonly rig: StageRig;

  private constructor(rig: StageRig) {
    this.rig = rig;
  }

  static async create(): Promise<Import> {
    const rig = await StageRig.create();
    await writeDataset(rig.folder.file('dataset'), dataset);
    const fitted = {...dataset, transform: dataset.transform!, count: 40};
    await writeTransform(rig.folder.file('transform'), fitted);
    return new Import(rig);
  }

  async run(
    given: {
      readonly images: readonly Saved[];
      readonly labels?: readonly Saved[];
      readonly stepSize?: readonly ToSave<Tensor>[];
    },
    {stepSize, transform = true}: {stepSize?: number; transform?: boolean} = {stepSize: 0.02},
  ): Promise<void> {
    const {folder} = this.rig;
    const write = async (
      name: string,
      values: readonly ToSave<Tensor>[],
    ): Promise<readonly string[]> => {
      const paths = values.map((_, i) => folder.file(`${name}-${i}.pt`));
      for (const [i, value] of values.entries()) await writePt(paths[i]!, value, ({data}) => data);
      return paths;
    };
    await run(
      this.rig.context({
        params: stepSize === undefined ? {} : {stepSize},
        inputs: {
          images: await write('images', given.images),
          labels: await write('labels', given.labels ?? []),
          stepSize: await write('lr', given.stepSize ?? []),
          dataset: [folder.file('dataset')],
          transform: transform ? [folder.file('transform')] : [],
        },
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.rig[Symbol.asyncDispose]();
  }
}

test('images have their channels last, and the identity and transform of the data set', async () => {
  await using it = await Import.create();
  await it.run({images: [images(4)], labels: [labels(1, 0, 1, 0)]});
  const set = await readSynthetic(it.rig.output('synthetic'));
  const {name, shape, classes, source, count, stepSize} = set;
  const {name: _, ...expected} = {...dataset};
  assert.deepEqual(
    [name, shape, classes, source],
    ['tiny', expected.shape, expected.classes, expected.source],
  );
  assert.deepEqual([count, stepSize, [...set.labels]], [4, 0.02, [1, 0, 1, 0]]);
  const at = (i: number, y: number, x: number, c: number): number =>
    set.images[((i * height + y) * width + x) * channels + c]!;
  for (const [i, y, x, c] of [
    [0, 0, 0, 0],
    [1, 2, 1, 2],
    [3, height - 1, 0, 1],
  ] as const) {
    const official = i * size + (c * height + y) * width + x;
    assert.equal(at(i, y, x, c), Math.fround(official / 100));
  }
  // The tiny transform has the mean 0.5 and the standard deviation 0.25.
  assert.ok(set.pixels.every((pixel, i) => Math.abs(pixel - (set.images[i]! / 4 + 0.5)) < 1e-5));
  assert.ok(set.transform?.kind === 'standardise');
  const picture = await readFile(it.rig.output('picture'));
  assert.equal(picture.toString('latin1', 1, 4), 'PNG');
});

test('without labels there are as many of each class, class after class', async () => {
  await using it = await Import.create();
  await it.run({images: [images(4)]}, {stepSize: 0.1, transform: false});
  const set = await readSynthetic(it.rig.output('synthetic'));
  assert.deepEqual([...set.labels], [0, 0, 1, 1]);
  assert.equal(set.transform, undefined);
  await assert.rejects(
    it.run({images: [images(3)]}),
    /as many images of each of the 2 classes of tiny, got 3/,
  );
});

test('a set in several files is put together in their order', async () => {
  await using it = await Import.create();
  await it.run({images: [images(1), images(3)], labels: [labels(1), labels(0, 0, 1)]});
  const set = await readSynthetic(it.rig.output('synthetic'));
  assert.deepEqual([...set.labels], [1, 0, 0, 1]);
  assert.deepEqual(set.images.subarray(0, size), set.images.subarray(size, 2 * size));
});

test('a set that export pt wrote is imported unchanged, step size included', async () => {
  await using it = await Import.create();
  await it.run({images: [images(2)], labels: [labels(1, 0)]}, {stepSize: 0.03});
  const first = await readSynthetic(it.rig.output('synthetic'));
  const path = it.rig.folder.file('exported.pt');
  await exportPt([it.rig.output('synthetic')], path);
  await run(
    it.rig.context({
      params: {},
      inputs: {
        images: [path],
        labels: [],
        stepSize: [],
        dataset: [it.rig.folder.file('dataset')],
        transform: [it.rig.folder.file('transform')],
      },
    }),
  );
  const second = await readSynthetic(it.rig.output('synthetic'));
  assert.deepEqual({...second, provenance: {}}, {...first, provenance: {}});
});

/** Soft labels of two classes. */
function soft(...rows: readonly (readonly [number, number])[]): Saved {
  return saved({dtype: 'F32', shape: [rows.length, 2], data: Float32Array.from(rows.flat())});
}

test('labels of rank 2 are logits, or probabilities if all rows are', async () => {
  await using it = await Import.create();
  const imported = async (...labels: readonly Saved[]): Promise<SyntheticSet> => {
    await it.run({images: [images(4)], labels});
    return await readSynthetic(it.rig.output('synthetic'));
  };
  const logits = await imported(soft([3, 1], [2, -2]), soft([0, 1], [1, 4]));
  const values = Float32Array.of(3, 1, 2, -2, 0, 1, 1, 4);
  assert.deepEqual(logits.targets, {kind: 'logits', values});
  const rows = await imported(soft([0.75, 0.25], [1, 0], [0.5, 0.5], [0, 1]));
  assert.equal(rows.targets?.kind, 'rows');
  assert.match(it.rig.log.join('\n'), /soft labels: logits\n.*soft labels: probabilities$/);
});

test('soft labels tell the classes of images that are not in the order of classes', async () => {
  await using it = await Import.create();
  const labelled = async (count: number, ...rows: readonly (readonly [number, number])[]) => {
    await it.run({images: [images(count)], labels: [soft(...rows)]});
    return [...(await readSynthetic(it.rig.output('synthetic'))).labels];
  };
  // Most agree with the order.
  assert.deepEqual(await labelled(4, [9, 0], [0, 9], [0, 9], [0, 9]), [0, 0, 1, 1]);
  assert.deepEqual(await labelled(4, [0, 9], [0, 9], [9, 0], [0, 9]), [1, 1, 0, 1]);
  assert.deepEqual(await labelled(3, [0, 9], [9, 0], [0, 9]), [1, 0, 1]);
});

test('the step size may stand in a file of its own, as a tensor or as a number', async () => {
  await using it = await Import.create();
  const scalar = saved({dtype: 'F32', shape: [], data: Float32Array.of(0.25)});
  for (const stepSize of [scalar, 0.25]) {
    await it.run({images: [images(2)], stepSize: [stepSize]}, {});
    assert.equal((await readSynthetic(it.rig.output('synthetic'))).stepSize, 0.25);
  }
  // A parameter says more than a file.
  await it.run({images: [images(2)], stepSize: [scalar]}, {stepSize: 0.5});
  assert.equal((await readSynthetic(it.rig.output('synthetic'))).stepSize, 0.5);
});

for (const kind of ['rows', 'logits'] as const) {
  test(`a set with ${kind} as soft labels comes back from a file as it was, and from a folder with logits`, async () => {
    await using it = await Import.create();
    await it.run({images: [images(2)], labels: [labels(0, 1)]}, {stepSize: 0.03});
    const plain = await readSynthetic(it.rig.output('synthetic'));
    const set = {...plain, targets: {kind, values: Float32Array.of(0.75, 0.25, 0, 1)}};
    const path = (name: string): string => it.rig.folder.file(name);
    await writeSynthetic(path('set'), set);
    const again = async (inputs: object): Promise<SyntheticSet> => {
      const of = {dataset: [path('dataset')], transform: [path('transform')]};
      const none = {labels: [], stepSize: []};
      await run(it.rig.context({params: {}, inputs: {images: [], ...none, ...of, ...inputs}}));
      return {...(await readSynthetic(it.rig.output('synthetic'))), provenance: {}};
    };
    await exportPt([path('set')], path('set.pt'));
    const expected = {...set, provenance: {}};
    assert.deepEqual(await again({images: [path('set.pt')]}), expected);
    const files = await exportPt([path('set')], path('folder'));
    const [image, label, rate] = files.map((file) => [file]);
    const {targets, ...rest} = await again({images: image, labels: label, stepSize: rate});
    const {targets: given, ...others} = expected;
    assert.deepEqual(rest, others);
    // These logits happen to be probabilities, so they come back as such.
    if (kind === 'logits') assert.deepEqual(targets, {...given, kind: 'rows'});
    else {
      const found = targetRows(targets!, 2);
      given.values.forEach((each, i) => assert.ok(Math.abs(each - found[i]!) < 1e-7));
    }
  });
}

const refused: Readonly<Record<string, readonly [Parameters<Import['run']>, RegExp]>> = {
  'images of another size': [
    [{images: [images(1, [channels, 1, height * width])]}],
    /^.*images-0\.pt: its images must be \[n, \d+, \d+, \d+\] for tiny, got \[1, \d+, 1, \d+\]$/,
  ],
  'images with their channels last': [
    [{images: [images(1, [height, width, channels])]}],
    /^.*images-0\.pt: its images must be/,
  ],
  'pixels that are not finite': [
    [
      {
        images: [
          saved({
            dtype: 'F32',
            shape: [1, channels, height, width],
            data: new Float32Array(size).fill(Infinity),
          }),
        ],
      },
    ],
    /^.*images-0\.pt: it has pixels that are not finite$/,
  ],
  'images of whole numbers': [
    [
      {
        images: [
          saved({
            dtype: 'U8',
            shape: [1, channels, height, width],
            data: new Uint8Array(size),
          }),
        ],
      },
    ],
    /^.*images-0\.pt: it has a tensor of U8 where one of floats is needed$/,
  ],
  'labels of other classes': [
    [{images: [images(1), images(1)], labels: [labels(0), labels(2)]}],
    /^.*labels-1\.pt: its labels must be 0 … 1 for tiny, got 2$/,
  ],
  'too few labels': [
    [{images: [images(2)], labels: [labels(0)]}],
    /There must be a label for each of the 2 images, got 1\./,
  ],
  'soft labels of other classes': [
    [
      {
        images: [images(1)],
        labels: [saved({dtype: 'F32', shape: [1, 3], data: Float32Array.of(1, 2, 3)})],
      },
    ],
    /^.*labels-0\.pt: its soft labels must be \[n, 2\] for tiny, got \[1, 3\]$/,
  ],
  'soft labels that are not finite': [
    [{images: [images(1)], labels: [soft([0, NaN])]}],
    /^.*labels-0\.pt: it has soft labels that are not finite$/,
  ],
  'too few soft labels': [
    [{images: [images(2)], labels: [soft([0, 1])]}],
    /There must be a label for each of the 2 images, got 1\./,
  ],
  'soft labels in some files only': [
    [{images: [images(2)], labels: [soft([0, 1]), labels(1)]}],
    /^.*labels-0\.pt: soft labels must be in all of the files of a set, and of one kind$/,
  ],
  'soft labels of two kinds': [
    [{images: [images(2)], labels: [soft([0, 1]), soft([0, 2])]}],
    /^.*labels-0\.pt: soft labels must be in all of the files of a set, and of one kind$/,
  ],
  'rows that are no probabilities': [
    [
      {
        images: [
          new Map([
            ['images', images(1)],
            ['label_rows', soft([0, 2])],
          ]),
        ],
      },
    ],
    /^.*images-0\.pt: row 0 of its soft labels must be numbers from 0 that add up to 1$/,
  ],
  'a step size that is none': [
    [{images: [images(2)], stepSize: [labels(1, 0)]}, {}],
    /^.*lr-0\.pt: it must hold one number, the step size$/,
  ],
  'a list of images': [
    [{images: [[images(1)]]}],
    /^.*images-0\.pt: it must hold a tensor of images, or a dictionary with one called images$/,
  ],
  'no step size': [
    [{images: [images(2)]}, {}],
    /stepSize must be given: the files do not hold the learned step size\. .* Synthetic_LR/,
  ],
};

for (const [what, [given, message]] of Object.entries(refused)) {
  test(`refused: ${what}`, async () => {
    await using it = await Import.create();
    await assert.rejects(
      it.run(...given),
      (error) => error instanceof StageError && message.test(error.message),
    );
  });
}
