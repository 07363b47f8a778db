/**
 * Batches that programs make themselves: a program picks images from those on the engine, and augments them. A batch
 * consists of one row of numbers: the indices and the parameters of augmentations, which the host drew.
 *
 * The row has a counter first (`counter.ts`), then the picked images, then the numbers of each augmentation, and may be
 * longer.
 */
import type {Tensor} from '../../tensor/engine.ts';
import type {Graph} from '../../tensor/graph.ts';
import * as ops from '../../tensor/ops.ts';
import {sizeOf, type Shape} from '../../tensor/shape.ts';
import type {Value} from '../../tensor/value.ts';
import {augment} from '../augmentation/augment.ts';
import {drawnNumbers, type Draw, type DrawKind} from '../augmentation/strategy.ts';
import {between, counter, isAtLeast, wrapped} from '../counter.ts';
import type {ImageShape} from '../data/dataset.ts';
import type {Model} from '../models/model.ts';
import type {BatchSource, BatchValues} from './batch-source.ts';
import {pickPacked} from './packed-bytes.ts';

/** Images on the engine, from which batches are picked. */
export interface ImageTensors {
  /** [count, H, W, c]; of images with a table packed, see `packed-bytes.ts`. */
  readonly images: Tensor;
  /** [count, 1] */
  readonly labels: Tensor;
  /** Soft targets: rows of probabilities [count, classes]; absent: the labels are one-hot targets. */
  readonly targets?: Tensor | undefined;
  /** What the bytes of packed images stand for, channel after channel [256·c]. */
  readonly table?: Tensor | undefined;
}

/** A batch, on the engine. */
export interface DrawnBatch extends ImageTensors {
  readonly layout: BatchLayout;
  /** [layout.length] */
  readonly row: Tensor;
  /** The parts in which it is computed, in order. Absent: it is computed as a whole. */
  readonly parts?: readonly DrawnBatch[];
}

/** Disposes the rows of a batch and of its parts. */
export function disposeRows({row, parts = []}: DrawnBatch): void {
  row.dispose();
  parts.forEach(disposeRows);
}

/** The picked images: all numbers of a kind, image after image. */
export type Picked =
  /** Images by index; `all`: all images there are, in their order. */
  | {readonly kind: 'images' | 'all'; readonly numbers: readonly [indices: Int32Array]}
  /** Windows of canvases: the index of the canvas, and how far down and right the window begins. */
  | {
      readonly kind: 'windows';
      readonly numbers: readonly [indices: Int32Array, down: Int32Array, right: Int32Array];
    };

/** The content of a row. */
export interface BatchLayout {
  readonly pick: Picked['kind'];
  /** The number of images that a network sees. */
  readonly count: number;
  /** That number for the whole batch, if this is a part of one. */
  readonly of?: number;
  readonly augmentations: readonly DrawKind[];
  /** The length of the row. */
  readonly length: number;
}

/** The layout of a row of this length. */
export function layoutOf(picked: Picked, draws: readonly Draw[], length: number): BatchLayout {
  return {
    pick: picked.kind,
    count: picked.numbers[0].length,
    augmentations: draws.map(({kind}) => kind),
    length,
  };
}

/**
 * The length of rows that have room for batches of `count` images.
 *
 * @param drawn the most numbers that are drawn to augment an image: see `mostNumbers`
 */
export function rowLength(
  model: Model,
  {
    pick,
    count,
    drawn,
  }: {readonly pick: Picked['kind']; readonly count: number; readonly drawn: number},
): number {
  return counterSize(model) + count * ((pick === 'windows' ? 3 : 1) + drawn);
}

/** Writes a row. */
export function writeRow(
  row: Float32Array,
  model: Model,
  {picked, draws}: {readonly picked: Picked; readonly draws: readonly Draw[]},
): void {
  let at = 0;
  for (const numbers of [
    counter(counterSize(model)),
    ...picked.numbers,
    ...draws.map((draw) => draw.numbers),
  ]) {
    row.set(numbers, at);
    at += numbers.length;
  }
}

/** A drawn batch within a program. */
export interface DrawnValues extends BatchValues {
  /** [n, classes]: 1 for the class of the image. The same as `targets` if they are not soft. */
  readonly labelled: Value;
  /** [n, classes]: 1 for the classes before the one of the image. */
  readonly earlier: Value;
}

/** The source of drawn batches. */
export function drawnBatches(model: Model): BatchSource<DrawnBatch, DrawnValues> {
  return {
    shapeOf: ({layout, images, labels, targets, table}) => {
      const {pick, count, of = count, augmentations, length} = layout;
      const shapes = [images, labels, table].flatMap((tensor) => tensor?.shape ?? []);
      const kind = targets === undefined ? 'labels' : 'soft';
      return [pick, count, of, ...augmentations, length, ...shapes, kind].join(' ');
    },
    build(graph, {layout, ...tensors}) {
      const {next} = rowReader(graph, layout.length);
      const count = next([counterSize(model)]);
      const origin = graph.input('images', tensors.images.shape);
      const indices = next([layout.count]);
      const pick = (rows: Value): Value => {
        if (layout.pick === 'all') return origin;
        if (layout.pick === 'images') return ops.gatherRows(origin, rows);
        return windows(origin, {
          counter: count,
          indices: rows,
          down: next([layout.count]),
          right: next([layout.count]),
          shape: model.input,
        });
      };
      const picked =
        tensors.table === undefined
          ? pick(indices)
          : pickPacked(pick, {
              indices,
              third: origin.shape[0]!,
              table: graph.input('table', tensors.table.shape),
              channels: ops.slice(count, [0], [model.input.channels]),
            });
      const draws = layout.augmentations.map((kind) => ({
        kind,
        numbers: next([layout.count, drawnNumbers[kind]]),
      }));
      return {
        origin,
        picked,
        images: augment(picked, draws, count),
        ...answers(graph, tensors, {
          picked: layout.pick === 'all' ? undefined : indices,
          classes: ops.reshape(ops.slice(count, [0], [model.classes]), [1, model.classes]),
        }),
        share: layout.count / (layout.of ?? layout.count),
      };
    },
    inputsOf: ({images, labels, targets, table, row}) => ({
      images,
      labels,
      row,
      ...(targets !== undefined && {targets}),
      ...(table !== undefined && {table}),
    }),
    partsOf: ({parts = []}) => parts,
  };
}

/** The answers that a network should give to the picked images; `undefined`: to all images. */
function answers(
  graph: Graph,
  {labels: allLabels, targets: allTargets}: ImageTensors,
  {picked, classes}: {readonly picked: Value | undefined; readonly classes: Value},
): Pick<DrawnValues, 'targets' | 'targetOrigin' | 'labelled' | 'earlier'> {
  const pick = (all: Value): Value => (picked === undefined ? all : ops.gatherRows(all, picked));
  const labels = pick(graph.input('labels', allLabels.shape));
  const labelled = between(classes, labels, labels);
  const earlier = ops.subtract(1, isAtLeast(classes, labels));
  if (allTargets === undefined) return {targets: labelled, labelled, earlier};
  const targetOrigin = graph.input('targets', allTargets.shape);
  return {targets: pick(targetOrigin), targetOrigin, labelled, earlier};
}

/** Numbers enough to tell rows, columns, channels and classes. */
function counterSize({input: {height, width, channels}, classes}: Model): number {
  return Math.max(height, width, channels, classes);
}

/** Reads the parts of the row that is an input of a program. */
function rowReader(graph: Graph, length: number): {readonly next: (shape: Shape) => Value} {
  const row = graph.input('row', [length]);
  let at = 0;
  return {
    next(shape) {
      const part = ops.slice(row, [at], [sizeOf(shape)]);
      at += sizeOf(shape);
      return ops.reshape(part, shape);
    },
  };
}

/** Windows of canvases, which wrap around their borders: gathered pixel by pixel. */
function windows(
  canvases: Value,
  {
    counter: count,
    indices,
    down,
    right,
    shape: {height, width, channels},
  }: Readonly<Record<'counter' | 'indices' | 'down' | 'right', Value>> & {
    readonly shape: ImageShape;
  },
): Value {
  const [all, wholeHeight, wholeWidth] = canvases.shape as [number, number, number];
  const n = indices.shape[0]!;
  const along = (axis: 1 | 2, size: number): Value => {
    const shape = [1, 1, 1];
    shape[axis] = size;
    return ops.reshape(ops.slice(count, [0], [size]), shape);
  };
  const each = (numbers: Value): Value => ops.reshape(numbers, [n, 1, 1]);
  const y = wrapped(ops.add(along(1, height), each(down)), wholeHeight);
  const x = wrapped(ops.add(along(2, width), each(right)), wholeWidth);
  const rows = ops.add(ops.multiply(each(indices), wholeHeight), y);
  const pixels = ops.add(ops.multiply(rows, wholeWidth), x);
  const flat = ops.reshape(canvases, [all * wholeHeight * wholeWidth, channels]);
  const gathered = ops.gatherRows(flat, ops.reshape(pixels, [n * height * width]));
  return ops.reshape(gathered, [n, height, width, channels]);
}
