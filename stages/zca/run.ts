import {setImmediate as nextTurn} from 'node:timers/promises';
import {StageError, StopRequested} from '../../src/contract/stage.ts';
import type {StageContext, StageRun} from '../../src/contract/stage.ts';
import {readDataset, writeDataset} from '../../src/learning/codecs/dataset-arrow.ts';
import {writeTransform} from '../../src/learning/codecs/transform.ts';
import {publishedStatistics} from '../../src/learning/data/catalog.ts';
import {imageSize} from '../../src/learning/data/dataset.ts';
import type {
  RawDataset,
  RawSplit,
  Dataset,
  Split,
  Transform,
} from '../../src/learning/data/dataset.ts';
import {StandardisedBytes} from '../../src/learning/data/standardised-bytes.ts';
import {IllConditioned} from '../../src/learning/positive-matrix.ts';
import {ProductPool} from '../../src/learning/products/product-pool.ts';
import {
  applyTransform,
  ConstantChannel,
  fitStandardise,
  fitZca,
} from '../../src/learning/whitening.ts';
import type {Rows} from '../../src/learning/whitening.ts';
import type {Tick} from '../../src/learning/whitening-products.ts';
import {reportingFileFaults} from '../shared/file-faults.ts';
import type {contract} from './contract.ts';

type Context = StageContext<typeof contract>;

export const run: StageRun<typeof contract> = reportingFileFaults(async (context) => {
  const raw = rawOf(await readDataset(context.inputs.dataset[0]!));
  await using pool = new ProductPool(context.engine.threads);
  const {train, test, heldOut} = raw;
  // Every training image is read twice, to fit and to transform; every other image once.
  const total = 2 * train.count + test.count + (heldOut?.count ?? 0);
  const transform = await fit(context, raw, {pool, total});
  const apply = async (split: RawSplit, base: number, note: string): Promise<Split> => {
    // Standardised bytes give the same numbers when they are read, in a quarter of the space.
    if (transform.kind === 'standardise') {
      return {...split, images: new StandardisedBytes(split.images, transform)};
    }
    const tick = tickOf(context, {base, total, note});
    return {...split, images: await applyTransform(transform, rowsOf(raw, split), {pool, tick})};
  };
  const transformed = {
    ...raw,
    train: await apply(train, train.count, 'training images'),
    test: await apply(test, 2 * train.count, 'test images'),
    ...(heldOut && {heldOut: await apply(heldOut, total - heldOut.count, 'held-out images')}),
    transform,
  };
  await writeDataset(context.output('dataset'), transformed);
  await writeTransform(context.output('transform'), {...transformed, count: train.count});
});

function rawOf(dataset: Dataset): RawDataset {
  const {name, train, test, heldOut} = dataset;
  const [rawTrain, rawTest] = [rawSplit(train), rawSplit(test)];
  if (rawTrain === undefined || rawTest === undefined || dataset.transformDigest !== undefined) {
    throw new StageError(`The data set ${name} is transformed already: zca takes raw pixels.`);
  }
  if (train.count < 2) {
    throw new StageError(
      `The data set ${name} has ${train.count} training images: too few to fit.`,
    );
  }
  const rawHeldOut = heldOut && rawSplit(heldOut);
  const {heldOut: _, ...rest} = dataset;
  return {...rest, train: rawTrain, test: rawTest, ...(rawHeldOut && {heldOut: rawHeldOut})};
}

function rawSplit(split: Split): RawSplit | undefined {
  const {images} = split;
  return images instanceof Uint8Array ? {...split, images} : undefined;
}

async function fit(
  context: Context,
  raw: RawDataset,
  {pool, total}: {readonly pool: ProductPool; readonly total: number},
): Promise<Transform> {
  const rows = rowsOf(raw, raw.train);
  const {method, eps} = context.params;
  if (method === 'standardise') {
    const known = publishedStatistics(raw.name);
    if (!known) return standardisationOf(raw, rows);
    const {mean, std} = known;
    return {kind: 'standardise', mean: Float32Array.from(mean), std: Float32Array.from(std)};
  }
  try {
    return await fitZca(rows, eps, {
      pool,
      tick: tickOf(context, {base: 0, total, note: 'fitting'}),
      onStep: async (step, steps) => {
        const phase = {base: 0, total: steps, unit: 'steps', note: 'roots of the covariance'};
        await tickOf(context, phase)(step);
      },
    });
  } catch (cause) {
    if (!(cause instanceof IllConditioned)) throw cause;
    const wrong = eps < 1 ? 'small' : 'large';
    const message = `eps ${eps} is too ${wrong} to whiten ${raw.name}: ${cause.message}.`;
    throw new StageError(message, {cause});
  }
}

function standardisationOf({name, shape: {channels}}: RawDataset, rows: Rows): Transform {
  try {
    return fitStandardise(rows, channels);
  } catch (cause) {
    if (!(cause instanceof ConstantChannel)) throw cause;
    const {channel, value} = cause;
    const colour = channels === 3 ? ` (${['red', 'green', 'blue'][channel]})` : '';
    throw new StageError(
      `Channel ${channel}${colour} of ${name} is ${value} in every pixel of the training images: its standard deviation is 0, and nothing can be divided by that. Make the pictures without this channel, or take method: zca, which has eps for it.`,
      {cause},
    );
  }
}

function rowsOf({shape}: RawDataset, {images, count}: RawSplit): Rows {
  return {pixels: images, size: imageSize(shape), count};
}

/** Reports progress, sends messages, and stops when the run asks for it. */
function tickOf(
  context: Context,
  {
    base,
    total,
    unit = 'images',
    note,
  }: {
    readonly base: number;
    readonly total: number;
    readonly unit?: string;
    readonly note: string;
  },
): Tick {
  return async (done) => {
    context.progress({done: base + done, total, unit, note});
    await nextTurn();
    if (context.stopping.aborted) throw new StopRequested();
  };
}
