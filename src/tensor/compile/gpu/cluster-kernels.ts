/**
 * Writes the kernels of clusters.
 *
 * Takes clusters and what is stored; gives kernels, in any order, and tells the layout how each memory is written.
 */
import type {Kernel, Limits} from '../../kernels/kernel.ts';
import {sizeOf} from '../../shape.ts';
import type {Cluster, Clusters} from './clusters.ts';
import {elementwiseKernel} from './kernels/elementwise.ts';
import {gatherKernels} from './kernels/gather.ts';
import {productKernel} from './kernels/product.ts';
import {soloKernel} from './kernels/solo.ts';
import {addPartsKernel, sumKernel} from './kernels/sum.ts';
import {transformKernel} from './kernels/transforms.ts';
import type {Layout} from './layout.ts';
import type {Node} from './node.ts';
import {geometryOf} from './planes/geometry.ts';
import {planeKernel} from './planes/plane-kernel.ts';
import {rowsKernel} from './rows/rows-kernel.ts';

interface Given {
  readonly clusters: Clusters;
  readonly stored: ReadonlySet<Node>;
  readonly outputs: ReadonlySet<Node>;
  readonly layout: Layout;
  readonly limits: Limits;
}

export function clusterKernels(given: Given): readonly Kernel[] {
  const writer = new KernelWriter(given);
  // A reader asks the layout how its operands are written, so writers come first.
  const ordered = given.clusters.clusters.toSorted((a, b) => a.level - b.level);
  return ordered.flatMap((cluster) => {
    const {nodes, chunk} = cluster;
    return nodes.size === 0 ? [] : writer.write(cluster).map((kernel) => ({...kernel, chunk}));
  });
}

class KernelWriter {
  readonly #given: Given;
  readonly #inlined: ReadonlySet<number>;

  constructor(given: Given) {
    this.#given = given;
    this.#inlined = new Set([...given.clusters.inlined].map(({id}) => id));
  }

  write(cluster: Cluster): readonly Kernel[] {
    const {layout, limits} = this.#given;
    const nodes = inOrder([...cluster.nodes, ...cluster.again]);
    const stored = inOrder(cluster.nodes).filter((node) => this.#given.stored.has(node));
    const ids = new Set(stored.map(({id}) => id));
    switch (cluster.kind) {
      case 'plane':
        // Statistics are left where all that needed their plane computes it again.
        if (geometryOf(nodes, limits) === undefined) {
          return [soloKernel({nodes, stored: ids, inlined: this.#inlined}, layout)];
        }
        for (const node of stored) if (node.op.kind !== 'imageSums') layout.writeVectors(node);
        return [planeKernel({nodes, stored, places: layout, limits})];
      case 'map':
        for (const node of stored) this.#writeVectorsIfWhole(node);
        return [elementwiseKernel({nodes, stored: ids}, layout)];
      case 'solo':
        return [soloKernel({nodes, stored: ids, inlined: this.#inlined}, layout)];
      case 'rows':
        return [rowsKernel({nodes, stored}, layout)];
      case 'single':
        return this.#writeSingle(nodes[0]!);
    }
  }

  #writeSingle(node: Node): readonly Kernel[] {
    const {layout} = this.#given;
    const {op} = node;
    if (op.kind === 'sum') {
      const temporary = (shape: Node['shape']) => layout.temporary(sizeOf(shape), false);
      const sum = {nodes: [node], inlined: this.#inlined, temporary};
      const {kernel, parts} = sumKernel(sum, layout);
      const [part] = parts ?? [];
      if (part?.parts === undefined) return [kernel];
      return this.#inParts(node, kernel, {memory: part.memory, count: part.parts.count});
    }
    this.#writeVectorsIfWhole(node);
    if (op.kind === 'product') return this.#writeProduct(node);
    if (isPoints(node)) return [transformKernel(node, layout)];
    return gatherKernels(node, layout);
  }

  #writeProduct(node: Node): readonly Kernel[] {
    const {layout, limits} = this.#given;
    const partsMemory = layout.temporary(0, layout.isVector(node.id));
    const {kernel, parts} = productKernel(node, layout, {limits, partsMemory});
    if (parts === undefined) return [kernel];
    layout.resize(partsMemory, parts.count * sizeOf(node.shape));
    return this.#inParts(node, kernel, {memory: partsMemory, count: parts.count});
  }

  /** Whoever reads a split sum adds up its parts, except where it has to lie somewhere as a whole. */
  #inParts(
    node: Node,
    kernel: Kernel,
    {memory, count}: {readonly memory: number; readonly count: number},
  ): readonly Kernel[] {
    const {layout, outputs} = this.#given;
    if (!outputs.has(node) && !layout.hasHome(node)) {
      layout.setParts(node, memory, count);
      return [kernel];
    }
    return [kernel, addPartsKernel(node, layout.inParts(node, memory, count), layout)];
  }

  /** Kernels write vectors where they can, except into concatenations, which others write in numbers. */
  #writeVectorsIfWhole(node: Node): void {
    if (node.op.kind !== 'concat' && (node.shape.at(-1) ?? 1) % 4 === 0)
      this.#given.layout.writeVectors(node);
  }
}

function inOrder(nodes: Iterable<Node>): readonly Node[] {
  return [...nodes].sort((a, b) => a.id - b.id);
}

function isPoints({op}: Node): boolean {
  return op.kind.startsWith('transform') && op.kind !== 'transpose';
}
