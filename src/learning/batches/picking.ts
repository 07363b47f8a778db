import type {Engine, Tensor} from '../../tensor/engine.ts';
import {
  drawAugmentation,
  drawnNumbers,
  mostNumbers,
  type Draw,
  type Strategy,
} from '../augmentation/strategy.ts';
import {drawWindows, showsWindows, type Canvas} from '../data/canvas.ts';
import type {Model} from '../models/model.ts';
import type {Random} from '../random.ts';
import {
  layoutOf,
  rowLength,
  writeRow,
  type BatchLayout,
  type DrawnBatch,
  type ImageTensors,
  type Picked,
} from './drawn-batches.ts';
import type {TakenImages} from './engine-images.ts';
import {partSizes} from './parts.ts';

/** Options of drawing batches. */
export interface PickingOptions {
  readonly model: Model;
  /** The most images, or canvases, of a batch. */
  readonly batch: number;
  readonly canvas: Canvas;
  readonly strategy: Strategy;
  /** The fewest pixels of a part of a batch, see `partSizes`. Absent: batches stay whole. */
  readonly partPixels?: number | undefined;
  /** The most images of a part, if batches have parts, see `partSizes`. */
  readonly partImages?: number | undefined;
}

/** The streams of the draws for a batch. */
export type BatchStreams = Readonly<Record<'window' | 'augment', Random>>;

/** The numbers that were drawn for a batch, or for a part of one. */
export interface DrawnRow {
  readonly picked: Picked;
  readonly draws: readonly Draw[];
  readonly layout: BatchLayout;
  /** See `DrawnBatch.parts`. */
  readonly parts: readonly DrawnRow[];
}

/** Draws batches on the host. All rows have the same length. */
export class Picking {
  readonly #options: PickingOptions;
  readonly #pick: Picked['kind'];
  readonly length: number;

  constructor(options: PickingOptions) {
    const {model, batch, canvas, strategy} = options;
    this.#options = options;
    this.#pick = showsWindows(canvas) ? 'windows' : 'images';
    this.length = rowLength(model, {
      pick: this.#pick,
      count: batch * canvas.samples,
      drawn: mostNumbers(strategy),
    });
  }

  /** @param images the indices of images, or of canvases; a number: all of them, which are so many */
  draw(images: Int32Array | number, {window, augment}: BatchStreams): DrawnRow {
    const {model, strategy} = this.#options;
    const picked = this.#picked(images, window);
    const count = picked.numbers[0].length;
    const draws = drawAugmentation(strategy, {random: augment, count, shape: model.input});
    const whole = {picked, draws, layout: layoutOf(picked, draws, this.length), parts: []};
    return {...whole, parts: this.#divide(whole)};
  }

  /** Draws a batch and uploads its rows, which the caller owns. */
  upload(engine: Engine, from: Omit<TakenImages, 'free'>, streams: BatchStreams): DrawnBatch {
    const drawn = this.draw(from.indices ?? from.images.shape[0]!, streams);
    const rows = rowsOf(drawn).map((each) => {
      const row = new Float32Array(this.length);
      this.write(row, each);
      return engine.upload(row, [this.length]);
    });
    return batchOf(drawn, from, rows);
  }

  write(row: Float32Array, drawn: DrawnRow): void {
    writeRow(row, this.#options.model, drawn);
  }

  #picked(images: Int32Array | number, random: Random): Picked {
    const isAll = typeof images === 'number';
    const indices = isAll ? Int32Array.from({length: images}, (_, i) => i) : images;
    if (this.#pick !== 'windows') return {kind: isAll ? 'all' : 'images', numbers: [indices]};
    const {model, canvas} = this.#options;
    const windows = drawWindows(canvas, {indices, shape: model.input, random});
    return {kind: this.#pick, numbers: [windows.indices, windows.down, windows.right]};
  }

  #divide(whole: DrawnRow): readonly DrawnRow[] {
    const {model, partPixels, partImages} = this.#options;
    if (partPixels === undefined) return [];
    const sizes = partSizes(whole.layout.count, model, {partPixels, partImages});
    if (sizes.length === 1) return [];
    let end = 0;
    return sizes.map((size) => partOf(whole, {begin: end, end: (end += size)}));
  }
}

/** The rows of a drawn batch: its own, then those of its parts. */
export function rowsOf(drawn: DrawnRow): readonly DrawnRow[] {
  return [drawn, ...drawn.parts];
}

/**
 * A drawn batch on the engine.
 *
 * @param rows the tensors of its rows, in the order of `rowsOf`
 */
export function batchOf(
  {layout, parts}: DrawnRow,
  {images, labels, targets, table}: ImageTensors,
  [row, ...rows]: readonly Tensor[],
): DrawnBatch {
  const from = {images, labels, targets, table};
  const batch = {...from, layout, row: row!};
  if (parts.length === 0) return batch;
  const divided = parts.map((part, i) => ({...from, layout: part.layout, row: rows[i]!}));
  return {...batch, parts: divided};
}

interface Range {
  readonly begin: number;
  readonly end: number;
}

/** Some of the images of a batch. */
function partOf({picked, draws, layout}: DrawnRow, {begin, end}: Range): DrawnRow {
  const cut = <T extends Picked['numbers']>(numbers: T): T =>
    numbers.map((each) => each.subarray(begin, end)) as unknown as T;
  const kind = picked.kind === 'all' ? 'images' : picked.kind;
  const part = {kind, numbers: cut(picked.numbers)} as Picked;
  const drawn = draws.map(({kind, numbers}) => {
    const each = drawnNumbers[kind];
    return {kind, numbers: numbers.subarray(begin * each, end * each)};
  });
  const own = {...layoutOf(part, drawn, layout.length), of: layout.count};
  return {picked: part, draws: drawn, layout: own, parts: []};
}
