/**
 * Kernels on planes: each workgroup computes the members of a cluster for some channels of one image, and keeps them in
 * its threads' registers. It waits only where a value needs sums, or pixels of other threads.
 */
import type {Expression} from '../../../kernels/ir.ts';
import type {Kernel, Limits} from '../../../kernels/kernel.ts';
import {sizeOf} from '../../../shape.ts';
import type {Access, Places} from '../access.ts';
import {memoriesOf} from '../kernels/pointwise.ts';
import type {Node} from '../node.ts';
import {writeBlocks} from './blocks.ts';
import {writeConvolution} from './convolution.ts';
import {Exchange} from './exchange.ts';
import {geometryOf, type Geometry} from './geometry.ts';
import {writeFilterSums} from './filter-sums.ts';
import {Grid} from './grid.ts';
import {writeMap} from './maps.ts';
import {writeImageSums} from './image-sums.ts';
import {
  cellsOfImageSums,
  imagesOf,
  isNarrowConvolution,
  isOnlyWritten,
  isPlaneMap,
  isPool,
  memberOf,
  weightsOf,
  type SharedOp,
} from './members.ts';
import {stepsOf, type Step} from './order.ts';
import {Pools} from './pools.ts';
import {roundsOf} from './tiles.ts';
import {sumsAtOnce, writeSums} from './sums.ts';
import {readsAgain, Values, type Operands} from './values.ts';
import type {Writer} from './writer.ts';

export interface PlaneCluster {
  /** The members. `geometryOf` gives their geometry. */
  readonly nodes: readonly Node[];
  /** Members that kernels after this one read; points are written in any case. */
  readonly stored: readonly Node[];
  readonly places: Places;
  readonly limits: Limits;
}

export function planeKernel({nodes, stored, places, limits}: PlaneCluster): Kernel {
  const geometry = geometryOf(nodes, limits);
  if (geometry === undefined) throw new Error('These nodes are no cluster on planes');
  const members = new Set(nodes.map(({id}) => id));
  const steps = stepsOf(nodes, members, readsAgain(geometry));
  const written = [...stored, ...nodes.filter(isOnlyWritten)];
  const operands: Operands = {
    members,
    outside: outsideOf(nodes, members, places),
    targets: new Map(written.map((node) => [node.id, places.write(node)])),
  };
  const cells = Math.floor(limits.sharedBytes / 16);
  const {images, height, width, channels, lanes, threads} = geometry;
  return {
    label: `planes ${images}×${height}×${width}×${channels} of ${nodes.length}`,
    threads,
    reads: memoriesOf(operands.outside.values()),
    writes: memoriesOf(operands.targets.values()),
    flops: nodes.reduce((sum, node) => sum + workOf(node), 0),
    size: () => ({
      groups: images * (channels / 4 / lanes),
      shared: sharedOf(steps, geometry, cells),
    }),
    write(code, {group}) {
      const grid = new Grid(code, geometry, group);
      const values = new Values(code, grid, operands);
      writeSteps({code, grid, operands, values, exchange: new Exchange(code), cells}, steps);
    },
  };
}

/** Everything that members read from memory. */
function outsideOf(
  nodes: readonly Node[],
  members: ReadonlySet<number>,
  places: Places,
): ReadonlyMap<number, Access> {
  const read = nodes
    .flatMap(({operands}) => operands)
    .filter((operand) => memberOf(operand, members) === undefined);
  return new Map(read.map((operand) => [operand.id, places.read(operand)]));
}

/** The vectors of the workgroup's memory: what its uses need, one after the other. */
function sharedOf(steps: readonly Step[], geometry: Geometry, cells: number): number {
  const uses = steps.map((step) => {
    switch (step.kind) {
      case 'map':
        return sharedOfMap(step.op, geometry, cells);
      case 'blocks':
        return 0;
      case 'sums':
        return sharedOfSums(step.sums.length, geometry, cells);
    }
  });
  return Math.max(...uses);
}

function sharedOfMap(op: SharedOp, geometry: Geometry, cells: number): number {
  if (op.kind === 'product') return weightsOf(op) * geometry.lanes;
  if (op.kind === 'filterSums') return sharedOfSums(op.side ** 2, geometry, cells);
  if (op.kind === 'imageSums') return cellsOfImageSums(op) * geometry.lanes;
  return roundsOf(op, geometry, cells).cells;
}

function sharedOfSums(count: number, geometry: Geometry, cells: number): number {
  return Math.min(count, sumsAtOnce(geometry, cells)) * geometry.threads;
}

function workOf({op, shape, operands}: Node): number {
  if (op.kind === 'sum' || isPool(op)) return Math.max(sizeOf(shape), sizeOf(operands[0]!.shape));
  if (isNarrowConvolution(op)) return 2 * sizeOf(shape) * weightsOf(op);
  if (op.kind === 'filterSums') return 2 * sizeOf(op.result) * shape[1]!;
  if (op.kind === 'imageSums') return 2 * sizeOf(op.images) * op.side ** 2 * op.result[3];
  if (!isPlaneMap(op)) return sizeOf(shape);
  // Each point, or pixel under a tile, takes part in about `tile` additions along both axes.
  return op.down * op.across * imagesOf(op)[0] * shape.at(-1)! * (op.tile + 2) ** 2 * 2 * op.tile;
}

function writeSteps(writer: Writer, steps: readonly Step[]): void {
  const pools = new Pools(writer);
  const own = new Map<Node, Expression>();
  for (const step of steps) {
    switch (step.kind) {
      case 'map':
        writeShared(writer, step.node, step.op);
        writer.values.afterWait();
        break;
      case 'blocks':
        writeBlocks(writer, pools, step).forEach((total, index) =>
          own.set(step.sums[index]!, total),
        );
        break;
      case 'sums':
        writeSums(
          writer,
          step.sums.map((node) => ({node, own: own.get(node)!})),
        );
        writer.values.afterWait();
        break;
    }
  }
}

function writeShared(writer: Writer, node: Node, op: SharedOp): void {
  if (op.kind === 'product') writeConvolution(writer, node, op);
  else if (op.kind === 'filterSums') writeFilterSums(writer, node, op);
  else if (op.kind === 'imageSums') writeImageSums(writer, node, op);
  else writeMap(writer, node, op);
}
