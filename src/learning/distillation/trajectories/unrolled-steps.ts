import type {Engine, Executable, Tensor} from '../../../tensor/engine.ts';
import {Graph} from '../../../tensor/graph.ts';
import * as ops from '../../../tensor/ops.ts';
import {program, type Program} from '../../../tensor/program.ts';
import type {Strategy} from '../../augmentation/strategy.ts';
import type {DrawnBatch} from '../../batches/drawn-batches.ts';
import {usualPartPixels} from '../../../base/part-count.ts';
import {batchOf, Picking, rowsOf} from '../../batches/picking.ts';
import type {Canvas} from '../../data/canvas.ts';
import type {Model} from '../../models/model.ts';
import {perShape} from '../../per-shape.ts';
import type {Random} from '../../random.ts';
import {chunksOf} from '../../batches/chunks-of.ts';

/** The batches of the student's steps. */
export interface UnrolledSteps {
  /**
   * The batches of one iteration, whose rows the caller owns.
   *
   * @param targets soft targets in place of those of the options
   */
  draw(images: Tensor, random: Random, targets?: Tensor): readonly DrawnBatch[];
  dispose(): void;
}

/**
 * The treatment of images that remain if |b| does not divide the number of images. `drop`: they are skipped and a new
 * order begins. `first`: they are the first step of the order, as in the official program.
 */
const remainders = ['drop', 'first'] as const;
export type Remainder = (typeof remainders)[number];

export interface StepOptions {
  readonly model: Model;
  readonly labels: Int32Array;
  /** Soft targets: a row of probabilities for each image. Absent: the labels are the targets. */
  readonly targets?: Float32Array | undefined;
  readonly steps: number;
  readonly batch: number;
  readonly remainder: Remainder;
  readonly canvas: Canvas;
  /** Absent: the student sees images without augmentation. */
  readonly strategy: Strategy;
  /** The fewest pixels of a part of a batch, see `partSizes`. */
  readonly partPixels?: number | undefined;
  /** The most images of a part, see `partSizes`. */
  readonly partImages?: number | undefined;
}

/**
 * The images of each step and their augmentation. All images occur in random order, |b| at a time, then again in
 * another order. What was drawn for all steps is uploaded as one tensor, which a program cuts into rows. Throws a
 * RangeError if there are fewer than |b| images.
 */
export function unrollSteps(engine: Engine, options: StepOptions): UnrolledSteps {
  const {batch, labels, partPixels = usualPartPixels, model, targets: given} = options;
  const count = labels.length;
  if (batch > count) throw new RangeError(`A batch of ${batch} needs more than ${count} images`);
  const picking = new Picking({...options, partPixels});
  const held = {
    labels: engine.upload(Float32Array.from(labels), [count, 1]),
    ...(given && {targets: engine.upload(given, [count, model.classes])}),
  };
  const cut = perShape(engine, cutProgram);
  return {
    draw(images, random, targets = held.targets) {
      const chunks = drawChunks({...options, count}, random.at('order'));
      const drawn = chunks.map((chunk, i) =>
        picking.draw(chunk, {window: random.at('window', i), augment: random.at('augment', i)}),
      );
      const all = drawn.flatMap(rowsOf);
      const numbers = new Float32Array(all.length * picking.length);
      all.forEach((row, i) => picking.write(numbers.subarray(i * picking.length), row));
      const rows = cutRows(engine, cut(all.length, picking.length), {numbers, count: all.length});
      return drawn.map((row) =>
        batchOf(row, {...held, images, targets}, rows.splice(0, rowsOf(row).length)),
      );
    },
    dispose: () => Object.values(held).forEach((tensor) => tensor.dispose()),
  };
}

function cutRows(
  engine: Engine,
  cut: Executable<string, 'all'>,
  {numbers, count}: {readonly numbers: Float32Array; readonly count: number},
): Tensor[] {
  const uploaded = engine.upload(numbers, [count, numbers.length / count]);
  const tensors = Object.values(cut.run({all: uploaded}));
  uploaded.dispose();
  return tensors;
}

/** The rows of a matrix, in order. */
function cutProgram(rows: number, length: number): Program<string, 'all'> {
  const all = new Graph().input('all', [rows, length]);
  return program(
    Object.fromEntries(
      Array.from({length: rows}, (_, i) => [
        `row${i}`,
        ops.reshape(ops.slice(all, [i, 0], [1, length]), [length]),
      ]),
    ),
  );
}

/** The indices of each step's images. */
export function drawChunks(
  {
    count,
    batch,
    steps,
    remainder,
  }: {count: number; batch: number; steps: number; remainder: Remainder},
  random: Random,
): readonly Int32Array[] {
  const chunks: Int32Array[] = [];
  for (let pass = 0; chunks.length < steps; pass++) {
    const order = chunksOf(random.at(pass).permutation(count), batch);
    chunks.push(
      ...(remainder === 'first'
        ? order.toReversed()
        : order.filter(({length}) => length === batch)),
    );
  }
  return chunks.slice(0, steps);
}
