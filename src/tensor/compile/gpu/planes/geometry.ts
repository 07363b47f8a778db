/** Geometry: whether nodes can be one cluster on planes, and how its planes are divided among threads. */
import type {Limits} from '../../../kernels/kernel.ts';
import {sizeOf, type Shape} from '../../../shape.ts';
import {isElementwise, type Node} from '../node.ts';
import {layoutOf, type Layout} from './layout.ts';
import {
  imagesOf,
  isNarrowConvolution,
  isPlaneMap,
  isPool,
  isStatistic,
  isWithinReach,
  cellsOfImageSums,
  weightsOf,
} from './members.ts';

/** The planes of a cluster. A block is what a thread has of a plane: `side` × `side` pixels of four channels. */
export interface Geometry extends Layout {
  readonly images: number;
  readonly channels: number;
  /** Of the larger planes; the smaller ones, if any, have a pixel for each whole block. */
  readonly height: number;
  readonly width: number;
  /** The size of the pools, or 1. */
  readonly side: number;
}

/**
 * The images and channels of a node that can be part of a cluster on planes, as text: nodes of one cluster have the same.
 * `undefined` for a node that cannot.
 */
export function signatureOf(node: Node): string | undefined {
  return needsOf(node)?.signature;
}

/**
 * The geometry of a cluster of these nodes; `undefined` if they cannot be one, or if their planes are too large. It asks
 * nothing about nodes outside: the caller sees to it that none of them lies between two of these.
 */
export function geometryOf(nodes: readonly Node[], limits: Limits): Geometry | undefined {
  const needs = nodes.map(needsOf);
  const signature = needs[0]?.signature;
  const planes = new Map<number, Plane>();
  let side: number | undefined;
  let exchanged = 0;
  for (const need of needs) {
    if (need === undefined || need.signature !== signature) return undefined;
    if (need.pool !== undefined && side !== undefined && need.pool !== side) return undefined;
    side = need.pool ?? side;
    exchanged = Math.max(exchanged, need.exchanged);
    for (const plane of need.planes) planes.set(plane.height * 65_536 + plane.width, plane);
  }
  const [whole, pooled, ...others] = [...planes.values()].sort((a, b) => areaOf(b) - areaOf(a));
  if (whole === undefined || others.length > 0) return undefined;
  if (pooled !== undefined && (side === undefined || !isPooledFrom(pooled, whole, side)))
    return undefined;
  const members = new Set(nodes.map(({id}) => id));
  const isClosed = nodes.every((node) =>
    node.operands.every((operand) => isWithinReach(operand, node, members)),
  );
  if (!isClosed) return undefined;
  const {images, channels} = needs[0]!;
  const plane = {...whole, images, channels, side: side ?? 1};
  const layout = layoutOf({...plane, exchanged}, limits);
  return layout && {...plane, ...layout};
}

interface Plane {
  readonly height: number;
  readonly width: number;
}

function areaOf({height, width}: Plane): number {
  return height * width;
}

function isPooledFrom(pooled: Plane, whole: Plane, side: number): boolean {
  return (
    pooled.height === Math.floor(whole.height / side) &&
    pooled.width === Math.floor(whole.width / side)
  );
}

/** What a node asks of a cluster on planes. */
interface Needs {
  readonly signature: string;
  readonly images: number;
  readonly channels: number;
  readonly planes: readonly Plane[];
  readonly pool?: number;
  /** Vectors that threads hand to each other, for each vector of channels. */
  readonly exchanged: number;
}

/** Clustering asks about the same nodes again and again. */
const known = new WeakMap<Node, Needs | 'none'>();

function needsOf(node: Node): Needs | undefined {
  let needs = known.get(node);
  if (needs === undefined) {
    needs = findNeeds(node) ?? 'none';
    known.set(node, needs);
  }
  return needs === 'none' ? undefined : needs;
}

const mostBlock = 4;

function findNeeds(node: Node): Needs | undefined {
  const {op, shape, operands} = node;
  if (op.kind === 'sum') {
    const from = operands[0]!.shape;
    const isOverPixels = op.axes.length === 2 && op.axes[0] === 1 && op.axes[1] === 2;
    return isOverPixels && from.length === 4 && !isStatistic(from) ? needsOn([from]) : undefined;
  }
  if (isPool(op)) {
    const shapes = [shape, ...operands.map((operand) => operand.shape)];
    if (op.size < 2 || op.size > mostBlock || shapes.some(isStatistic)) return undefined;
    const needs = needsOn(shapes);
    return needs && {...needs, pool: op.size};
  }
  if (isPlaneMap(op)) {
    const images = imagesOf(op);
    const needs = needsOn([images]);
    const [, height, width] = images;
    return needs && {...needs, exchanged: height * width + (op.tile + 2) ** 2};
  }
  if (op.kind === 'filterSums') return needsOn([op.result]);
  if (op.kind === 'imageSums') {
    const needs = needsOn([op.result]);
    return needs && {...needs, exchanged: cellsOfImageSums(op)};
  }
  if (isNarrowConvolution(op)) {
    const needs = shape.length === 4 && !isStatistic(shape) ? needsOn([shape]) : undefined;
    return needs && {...needs, exchanged: weightsOf(op)};
  }
  return isElementwise(node) ? needsOn([shape]) : undefined;
}

function needsOn(shapes: readonly Shape[]): Needs | undefined {
  const [first] = shapes as [Shape];
  if (first.length !== 2 && first.length !== 4) return undefined;
  const [images, channels] = [first[0]!, first.at(-1)!];
  if (channels % 4 !== 0 || shapes.some((shape) => sizeOf(shape) === 0)) return undefined;
  const planes = shapes
    .filter((shape) => !isStatistic(shape))
    .map(([, height, width]) => ({height: height!, width: width!}));
  return {signature: `${images} ${channels}`, images, channels, planes, exchanged: 0};
}
