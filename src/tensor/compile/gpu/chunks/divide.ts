/**
 * Divides a program by images: what convolutions see is computed in chunks of the images, one after the other, so that
 * each of its values is several smaller ones. Statistics of batches, and whatever else is small and needs all images, is
 * computed as before, once every chunk has made its part.
 *
 * Takes a prepared program; gives one of the same values but for rounding, and the chunk that each value belongs to.
 * Sums over chunks are made in the order of the chunks.
 */
import type {Op} from '../../../op.ts';
import {add, concat, slice} from '../../../ops.ts';
import type {Program} from '../../../program.ts';
import {sizeOf} from '../../../shape.ts';
import type {Value} from '../../../value.ts';
import {rewrite, type Rewriting} from '../../rewrite.ts';
import {acrossChunks, onChunk, withExtent, type Crossing} from './rules.ts';

export interface Divided {
  readonly program: Program;
  /** The chunk that a value belongs to; values that belong to none are not in it. */
  readonly chunks: ReadonlyMap<Value, number>;
}

export interface DivisionOptions {
  /** The number of chunks; images that are fewer are divided into as many as they are. */
  readonly count: number;
  /** The most numbers of a value that is put together again for a sum over images. */
  readonly mostJoined: number;
}

/** A program as one chunk of all images, which nothing belongs to. */
export function wholeProgram(program: Program): Divided {
  return {program, chunks: new Map()};
}

export function divideByImages(given: Program, options: DivisionOptions): Divided {
  const division = new Division(options);
  const program = rewrite(given, (rewriting) => division.replace(rewriting));
  return {program, chunks: division.chunks};
}

/** The most chunks that a program can be divided into: as many as its convolutions have images. */
export function mostChunks({steps}: Program): number {
  const counts = steps
    .filter(({value}) => isSeed(value.op))
    .map(({operands: [images]}) => steps[images!]!.value.shape[0]!);
  return Math.max(1, ...counts);
}

class Division {
  readonly chunks = new Map<Value, number>();
  readonly #options: DivisionOptions;
  /** The chunks of each value that has some, along an axis. */
  readonly #divided = new Map<Value, {readonly axis: number; readonly parts: readonly Value[]}>();

  constructor(options: DivisionOptions) {
    this.#options = options;
  }

  /** The value of a step, put together from its chunks; `undefined` if it is computed as a whole. */
  replace({step, graph, operands}: Rewriting): Value | undefined {
    const {op, shape} = step.value;
    const crossing = this.#crossing(op, operands, shape);
    if (crossing === undefined) return undefined;
    const first = crossing.operands.findIndex((axis) => axis !== undefined);
    const extent = operands[first]!.shape[crossing.operands[first]!]!;
    const parts = this.#sizesOf(extent).map((size, chunk) => {
      const own = operands.map((operand, i) => {
        const axis = crossing.operands[i];
        return axis === undefined ? operand : this.#chunkOf(operand, axis, chunk);
      });
      return this.#within(chunk, graph.apply(onChunk(op, crossing.axis, size), own));
    });
    if (crossing.axis === undefined) {
      return parts.reduce((sum, part, chunk) => this.#within(chunk, add(sum, part)));
    }
    const whole = concat(parts as [Value, ...Value[]], crossing.axis);
    this.#divided.set(whole, {axis: crossing.axis, parts});
    return whole;
  }

  #crossing(op: Op, operands: readonly Value[], shape: Value['shape']): Crossing | undefined {
    const shapes = operands.map((operand) => operand.shape);
    const index = operands.findIndex((operand) => this.#divided.has(operand));
    const isDivided = index >= 0;
    if (!isDivided && (!isSeed(op) || shapes[0]![0]! < 2)) return undefined;
    const from = isDivided
      ? {index, axis: this.#divided.get(operands[index]!)!.axis}
      : {index: 0, axis: 0};
    const crossing = acrossChunks(op, {shapes, shape}, from);
    const isSum = op.kind === 'sum' && crossing?.axis === undefined;
    return isSum && sizeOf(shapes[0]!) <= this.#options.mostJoined ? undefined : crossing;
  }

  #chunkOf(value: Value, axis: number, chunk: number): Value {
    const divided = this.#divided.get(value);
    if (divided?.axis === axis) return divided.parts[chunk]!;
    const sizes = this.#sizesOf(value.shape[axis]!);
    const begin = sizes.slice(0, chunk).reduce((sum, size) => sum + size, 0);
    return this.#cut(value, axis, {begin, size: sizes[chunk]!, chunk});
  }

  /** A chunk of a value that lies somewhere as a whole; of a repetition, a repetition. */
  #cut(
    value: Value,
    axis: number,
    range: {readonly begin: number; readonly size: number; readonly chunk: number},
  ): Value {
    const {op, operands, shape, graph} = value;
    const {begin, size, chunk} = range;
    if (op.kind === 'constant') return graph.apply(onChunk(op, axis, size), []);
    if (op.kind === 'broadcast') {
      const [operand] = operands as readonly [Value];
      const own = axis - shape.length + operand.shape.length;
      const isRepeated = own < 0 || operand.shape[own] !== shape[axis];
      const source = isRepeated ? operand : this.#cut(operand, own, range);
      return graph.apply(onChunk(op, axis, size), [source]);
    }
    const from = shape.map((_, i) => (i === axis ? begin : 0));
    const part = slice(value, from, withExtent(shape, axis, size));
    this.chunks.set(part, chunk);
    return part;
  }

  /** Notes that a value belongs to a chunk, if it is made of anything that does. */
  #within(chunk: number, value: Value): Value {
    const isOwn = value.operands.some((operand) => this.chunks.get(operand) === chunk);
    if (isOwn && !this.chunks.has(value)) this.chunks.set(value, chunk);
    return value;
  }

  /** The extents of the chunks, which differ by at most one. */
  #sizesOf(extent: number): readonly number[] {
    const count = Math.min(this.#options.count, extent);
    const [size, larger] = [Math.floor(extent / count), extent % count];
    return Array.from({length: count}, (_, i) => (i < larger ? size + 1 : size));
  }
}

/** Operations that begin chunks where their operands have none. */
function isSeed({kind}: Op): boolean {
  return kind === 'conv2d' || kind === 'conv2dInput' || kind === 'conv2dFilter';
}
