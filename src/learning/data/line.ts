/**
 * Trajectories as lines (MCT): parameters are kept at a few epochs, the nodes, and for each epoch and parameter array the
 * share of its way to the next node that it has gone. In between, θ(t) = θ_a + w_t ⊙ (θ_b − θ_a) with one w for each array.
 */
import {sizeOf} from '../../tensor/shape.ts';
import type {Parameter} from './trajectory.ts';

/** The nodes of a trajectory that are kept. */
export interface LineForm {
  /** The epochs of the nodes between the first and the last one, in order. */
  readonly through: readonly number[];
  /** Whether each node but the first is averaged: half of it, and a quarter of each neighbour. */
  readonly smooth: boolean;
}

/** A trajectory as a line. */
export interface Line {
  /** Parameters at each node [D]. */
  readonly points: readonly Float32Array[];
  /** Of each epoch, the share for each parameter array [epochs + 1, arrays]; 1 at nodes. */
  readonly walked: Float32Array;
}

/** A place between two nodes. */
export interface Place {
  /** The node before it, counted from 0. */
  readonly node: number;
  /** The share of the way to the next node for each parameter array; absent: it is the node itself. */
  readonly shares?: Float64Array;
}

/** The epochs of all nodes. */
export function nodesOf({through}: Pick<LineForm, 'through'>, epochs: number): readonly number[] {
  return [0, ...through, epochs];
}

/** The line through some snapshots of a trajectory, by the lengths of the ways between all of them. */
export function lineThrough(
  snapshots: readonly Float32Array[],
  form: LineForm,
  layout: readonly Parameter[],
): Line {
  const nodes = nodesOf(form, snapshots.length - 1);
  const path = form.smooth ? smoothed(snapshots, nodes) : snapshots;
  return {points: nodes.map((epoch) => path[epoch]!), walked: sharesOf(path, nodes, layout)};
}

/**
 * Where a line is at a time, in epochs, whole or not.
 *
 * @param walked of the line; absent: every epoch is a node
 */
export function placeOn(
  time: number,
  {nodes, arrays, walked}: {nodes: readonly number[]; arrays: number; walked?: Float32Array},
): Place {
  const node = nodes.findLastIndex((epoch) => epoch <= time);
  if (nodes[node] === time) return {node};
  const epoch = Math.floor(time);
  const share = (at: number, array: number): number =>
    at === nodes[node] ? 0 : (walked?.[at * arrays + array] ?? 1);
  const shares = Float64Array.from({length: arrays}, (_, array) => {
    const [before, after] = [share(epoch, array), share(epoch + 1, array)];
    return before + (time - epoch) * (after - before);
  });
  return {node, shares};
}

/** The parameters between two nodes. */
export function between(
  [from, to]: readonly [Float32Array, Float32Array],
  shares: Float64Array,
  layout: readonly Parameter[],
): Float32Array {
  const theta = new Float32Array(from.length);
  forArrays(layout, (array, begin, end) => {
    for (let i = begin; i < end; i++) theta[i] = from[i]! + shares[array]! * (to[i]! - from[i]!);
  });
  return theta;
}

/** Each node but the first is half of itself and a quarter of each neighbour; the last one's are the two before it. */
function smoothed(
  snapshots: readonly Float32Array[],
  [, ...nodes]: readonly number[],
): readonly Float32Array[] {
  const path = [...snapshots];
  const last = snapshots.length - 1;
  for (const node of nodes) {
    const near = node === last ? [node - 2, node - 1] : [node - 1, node + 1];
    const [a, b] = near.map((epoch) => snapshots[epoch]!) as [Float32Array, Float32Array];
    path[node] = snapshots[node]!.map((value, i) => value / 2 + (a[i]! + b[i]!) / 4);
  }
  return path;
}

/** The shares of a line, summed in float64. An array that does not move has gone all the way. */
function sharesOf(
  path: readonly Float32Array[],
  nodes: readonly number[],
  layout: readonly Parameter[],
): Float32Array {
  const arrays = layout.length;
  const shares = new Float32Array(path.length * arrays);
  for (const [i, end] of nodes.slice(1).entries()) {
    const sums = [new Float64Array(arrays)];
    for (let epoch = nodes[i]! + 1; epoch <= end; epoch++) {
      const lengths = lengthsOf(path[epoch - 1]!, path[epoch]!, layout);
      sums.push(lengths.map((length, array) => sums.at(-1)![array]! + length));
    }
    const total = sums.at(-1)!;
    sums.slice(1).forEach((sum, step) => {
      const of = sum.map((length, array) => (total[array] === 0 ? 1 : length / total[array]!));
      shares.set(of, (nodes[i]! + 1 + step) * arrays);
    });
  }
  shares.fill(1, 0, arrays);
  return shares;
}

/** How far each array went. */
function lengthsOf(
  from: Float32Array,
  to: Float32Array,
  layout: readonly Parameter[],
): Float64Array {
  const lengths = new Float64Array(layout.length);
  forArrays(layout, (array, begin, end) => {
    let sum = 0;
    for (let i = begin; i < end; i++) sum += (to[i]! - from[i]!) ** 2;
    lengths[array] = Math.sqrt(sum);
  });
  return lengths;
}

function forArrays(
  layout: readonly Parameter[],
  act: (array: number, begin: number, end: number) => void,
): void {
  let begin = 0;
  for (const [array, {shape}] of layout.entries()) {
    const end = begin + sizeOf(shape);
    act(array, begin, end);
    begin = end;
  }
}
