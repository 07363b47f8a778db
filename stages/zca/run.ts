import {setImmediate as nextTurn} from 'node:timers/promises';
import {StageError, StopRequested} from '../../src/contract/stage.ts';
import type {StageContext, StageRun} from '../../src/contract/stage.ts';
import {readDataset, writeDataset} from '../../src/learning/codecs/dataset-arrow.ts';
import {writeTransform} from '../../src/learning/codecs/transform.ts';
import {catalog} from '../../src/learning/data/catalog.ts';
import {imageSize} from '../../src/learning/data/dataset.ts';
import type {Dataset, Split, Transform} from '../../src/learning/data/dataset.ts';
import {applyTransform, fitStandardise, fitZca} from '../../src/learning/whitening.ts';
import type {Rows} from '../../src/learning/whitening.ts';
import type {Tick} from '../../src/learning/whitening-products.ts';
import {reportingFileFaults} from '../file-faults.ts';
import type {contract} from './contract.ts';

type Context = StageContext<typeof contract>;

export const run: StageRun<typeof contract> = reportingFileFaults(async (context) => {
  const raw = await readDataset(context.inputs.dataset[0]!);
  assertRaw(raw);
  const {train, test, heldOut} = raw;
  // Every training image is looked at twice, to fit and to transform; every other image once.
  const total = 2 * train.count + test.count + (heldOut?.count ?? 0);
  const ticks = (base: number, note: string): Tick => tickOf(context, {base, total, note});
  const transform = await fit(context, raw, ticks(0, 'fitting'));
  const apply = async (split: Split, tick: Tick): Promise<Split> => ({
    ...split,
    images: await applyTransform(transform, rowsOf(raw, split), tick),
  });
  const whitened = {
    ...raw,
    train: await apply(train, ticks(train.count, 'training images')),
    test: await apply(test, ticks(2 * train.count, 'test images')),
    ...(heldOut && {
      heldOut: await apply(heldOut, ticks(2 * train.count + test.count, 'held-out images')),
    }),
    transform,
  };
  await writeDataset(context.output('dataset'), whitened);
  await writeTransform(context.output('transform'), {...whitened, count: train.count});
});

function assertRaw({name, train, transformDigest}: Dataset): void {
  if (!(train.images instanceof Uint8Array) || transformDigest !== undefined) {
    throw new StageError(`The data set ${name} is transformed already: zca takes raw pixels.`);
  }
  if (train.count < 2) {
    throw new StageError(
      `The data set ${name} has ${train.count} training images: too few to fit.`,
    );
  }
}

async function fit({params}: Context, raw: Dataset, tick: Tick): Promise<Transform> {
  const rows = rowsOf(raw, raw.train);
  if (params.method === 'zca') return fitZca(rows, params.eps, tick);
  const known = catalog.get(raw.name);
  if (!known) return fitStandardise(rows, raw.shape.channels);
  const {mean, std} = known;
  return {kind: 'standardise', mean: Float32Array.from(mean), std: Float32Array.from(std)};
}

function rowsOf({shape}: Dataset, {images, count}: Split): Rows {
  return {pixels: images, size: imageSize(shape), count};
}

/** Reports progress, lets the messages out, and stops when the run wants to. */
function tickOf(
  context: Context,
  {base, total, note}: {readonly base: number; readonly total: number; readonly note: string},
): Tick {
  return async (rows) => {
    context.progress({done: base + rows, total, unit: 'images', note});
    await nextTurn();
    if (context.stopping.aborted) throw new StopRequested();
  };
}
