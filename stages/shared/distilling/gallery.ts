import {writeFile} from 'node:fs/promises';
import {writeHistograms} from '../../../src/learning/codecs/histograms-arrow.ts';
import {writePictures} from '../../../src/learning/codecs/pictures-arrow.ts';
import {readSynthetic} from '../../../src/learning/codecs/synthetic.ts';
import type {LoggedHistogram} from '../../../src/learning/data/histogram.ts';
import type {LoggedPicture} from '../../../src/learning/data/picture.ts';
import {imagesShape} from '../../../src/learning/data/synthetic.ts';
import {imageGrid} from '../../../src/learning/pictures/image-grid.ts';
import {clipped, logSnapshot} from '../../../src/learning/pictures/snapshot-log.ts';
import {gridScale} from '../synthetic-set.ts';
import type {DistillingContext} from './contract-parts.ts';
import type {Snapshots} from './snapshots.ts';

/** Number of images per class from which on the official program makes no grids by default. */
const manyPerClass = 50;

/** Writes histograms and grids of every snapshot, and the pictures of the last one. One snapshot is in memory at a time. */
export async function writeGallery(
  context: DistillingContext,
  snapshots: Snapshots,
): Promise<void> {
  const {params, inputs} = context;
  const {ipc, pictures = ipc < manyPerClass} = params;
  const rows = {histograms: [] as LoggedHistogram[], pictures: [] as LoggedPicture[]};
  for (const iteration of snapshots.iterations) {
    const set = await readSynthetic(snapshots.path(iteration));
    const {images, pixels} = set;
    const shape = imagesShape(set);
    const log = logSnapshot({
      iteration,
      shape,
      images,
      ...(inputs.transform.length > 0 ? {reconstructed: pixels} : {}),
      ...(pictures ? {gridScale: gridScale(shape)} : {}),
    });
    rows.histograms.push(...log.histograms);
    rows.pictures.push(...log.pictures);
  }
  await writeHistograms(context.output('histograms'), rows.histograms);
  await writePictures(context.output('pictures'), rows.pictures);
  const last = await readSynthetic(snapshots.path(snapshots.iterations.at(-1)!));
  const {pixels} = last;
  const shape = imagesShape(last);
  const layout = {scale: gridScale(shape)};
  await writeFile(context.output('picture'), imageGrid(pixels, shape, layout));
  await writeFile(context.output('clipped'), imageGrid(clipped(pixels), shape, layout));
}
