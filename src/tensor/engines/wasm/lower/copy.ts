/** Filling and copying buffers. */
import type {Buffer} from '../../../compile/cpu/buffer.ts';
import type {Shape} from '../../../shape.ts';
import {command, type Command} from './command.ts';

/** Sets all numbers of a buffer to one value. */
export function fillCommand(to: Buffer, value: number): Command {
  return command('fill', {to, count: to.size, value}, {reads: [], writes: [to]});
}

/** Copies one buffer to another of its size. */
export function copyAll(from: Buffer, to: Buffer): Command {
  return copyCommand([to.size], {buffer: from, strides: [1]}, {buffer: to, strides: [1]});
}

const maxAxes = 6;

/** Copies a block of up to six axes from one buffer to another; strides and offsets are in numbers. */
export function copyCommand(
  shape: Shape,
  from: {readonly buffer: Buffer; readonly offset?: number; readonly strides: readonly number[]},
  to: {readonly buffer: Buffer; readonly offset?: number; readonly strides: readonly number[]},
): Command {
  const axes = copyOrder(
    shape.map((extent, axis) => ({extent, from: from.strides[axis]!, to: to.strides[axis]!})),
  );
  if (axes.length > maxAxes) throw new RangeError(`More than ${maxAxes} axes: ${shape.length}`);
  const missing = Array.from({length: maxAxes - axes.length}, () => ({extent: 1, from: 0, to: 0}));
  const all = [...missing, ...axes];
  return command(
    'copyBlock',
    {
      from: from.buffer,
      fromOffset: from.offset ?? 0,
      to: to.buffer,
      toOffset: to.offset ?? 0,
      extents: all.map(({extent}) => extent),
      fromStrides: all.map((axis) => axis.from),
      toStrides: all.map((axis) => axis.to),
    },
    {reads: [from.buffer], writes: [to.buffer]},
  );
}

interface CopyAxis {
  readonly extent: number;
  /** Strides, in numbers. */
  readonly from: number;
  readonly to: number;
}

/**
 * The order in which to visit axes: innermost is the longest axis that is contiguous on either side; the others follow
 * the order of the other side, so that both sides use up their cache lines.
 */
function copyOrder(axes: readonly CopyAxis[]): readonly CopyAxis[] {
  const joined: CopyAxis[] = [];
  for (const axis of axes.filter(({extent}) => extent > 1)) {
    const before = joined.at(-1);
    const isOne = before?.from === axis.from * axis.extent && before.to === axis.to * axis.extent;
    if (isOne) joined.pop();
    joined.push(isOne ? {...axis, extent: before.extent * axis.extent} : axis);
  }
  const length = ({extent, from, to}: CopyAxis): number => (from === 1 || to === 1 ? extent : 0);
  const [inner, ...others] = joined.toSorted((a, b) => length(b) - length(a));
  if (inner === undefined) return [];
  const side = inner.to === 1 ? 'from' : 'to';
  return [...others.sort((a, b) => b[side] - a[side]), inner];
}
