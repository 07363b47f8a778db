import {u32} from '../../../kernels/expressions.ts';
import type {Expression, MemoryId} from '../../../kernels/ir.ts';
import type {Kernel} from '../../../kernels/kernel.ts';
import {sameShape} from '../../../shape.ts';
import type {Places} from '../access.ts';
import type {Node, NodeOp} from '../node.ts';
import {groupThreads} from './combine-rows.ts';
import {elementwiseKernel, isElementwise} from './elementwise.ts';
import {gatherKernels} from './gather.ts';
import {nodesOfSection, placesOfSection} from './section-nodes.ts';
import {sectionsOf} from './sections.ts';
import {sumKernel} from './sum.ts';

/** Small nodes for one workgroup, or for one a section. The memories that it writes are written in numbers. */
export interface SoloNodes {
  /** Elementwise nodes, sums, and what `gatherKernels` takes; each after its operands. */
  readonly nodes: readonly Node[];
  /** Those of the nodes that other kernels read, by id. */
  readonly stored: ReadonlySet<number>;
  /** Elementwise ones of the nodes that only sums among them need, by id: computed number by number, never written. */
  readonly inlined: ReadonlySet<number>;
}

/**
 * Computes small nodes one after the other, which is quicker than a dispatch for each: in one workgroup, or in one for each
 * section if the nodes have sections.
 */
export function soloKernel({nodes, stored, inlined}: SoloNodes, places: Places): Kernel {
  const whole = {nodes: nodes.filter(({id}) => !inlined.has(id)), stored, inlined};
  const kernels = kernelsOf(whole, places);
  // One kernel alone need not keep to one workgroup.
  if (kernels.length === 1) return kernels[0]!;
  const sections = sectionsOf(whole.nodes, ({id}) => inlined.has(id));
  if (sections === undefined || sections.count === 1) return inOneWorkgroup(kernels);
  const own = {...whole, nodes: nodesOfSection(whole.nodes, sections)};
  return inSections(sections.count, (section) =>
    inOneWorkgroup(kernelsOf(own, placesOfSection(places, sections, section))),
  );
}

function kernelsOf(solo: SoloNodes, places: Places): readonly Kernel[] {
  const {nodes, stored, inlined} = solo;
  return runsOf(nodes, solo).flatMap((run) => {
    const [first] = run;
    if (isElementwise(first!.op)) {
      const others = nodes.filter((node) => !run.includes(node));
      const read = new Set(others.flatMap((node) => [...sourcesOf(node, solo)]));
      const needed = run.filter(({id}) => stored.has(id) || read.has(id)).map(({id}) => id);
      return [elementwiseKernel({nodes: run, stored: new Set(needed)}, places)];
    }
    if (first!.op.kind === 'sum') return [sumKernel({nodes: run, inlined}, places).kernel];
    return gatherKernels(first!, places);
  });
}

/** Runs a kernel of one workgroup for each section. */
function inSections(count: number, kernelOf: (section: Expression) => Kernel): Kernel {
  const any = kernelOf(u32(0));
  return {
    ...any,
    label: `${count} sections, each a ${any.label}`,
    flops: count * any.flops,
    size: (threads) => ({...any.size(threads), groups: count}),
    write(code, {group, threads}) {
      kernelOf(group).write(code, {group: u32(0), threads});
    },
  };
}

/** Consecutive nodes that one kernel computes. */
function runsOf(nodes: readonly Node[], solo: SoloNodes): readonly (readonly Node[])[] {
  const runs: Node[][] = [];
  for (const node of nodes) {
    const last = runs.at(-1);
    if (last !== undefined && canJoin(node, last, solo)) last.push(node);
    else runs.push([node]);
  }
  return runs;
}

function canJoin(node: Node, run: readonly Node[], solo: SoloNodes): boolean {
  const [first] = run;
  if (isElementwise(node.op) && isElementwise(first!.op)) {
    // What the thread itself has just computed is at hand; what it would read through a view another thread computes.
    const read = node.operands.filter((operand) => !run.includes(operand));
    return sameShape(node.shape, first!.shape) && !reaches(read, run, solo);
  }
  if (node.op.kind !== 'sum' || first!.op.kind !== 'sum' || run.length === 4) return false;
  const isAlike =
    sameShape(node.op.axes, first!.op.axes) &&
    sameShape(node.operands[0]!.shape, first!.operands[0]!.shape);
  return isAlike && !reaches(node.operands, run, solo);
}

function reaches(operands: readonly Node[], run: readonly Node[], solo: SoloNodes): boolean {
  const sources = new Set(operands.flatMap((operand) => [...sourcesBehind(operand, solo)]));
  return run.some(({id}) => sources.has(id));
}

/** Those of the nodes that a node reads from memory, by id. */
function sourcesOf({operands}: Node, solo: SoloNodes): ReadonlySet<number> {
  return new Set(operands.flatMap((operand) => [...sourcesBehind(operand, solo)]));
}

/** Those of the nodes that reading an operand reads: itself, or what is behind views and inlined nodes. */
function sourcesBehind(operand: Node, solo: SoloNodes): ReadonlySet<number> {
  if (solo.inlined.has(operand.id)) return sourcesOf(operand, solo);
  if (solo.nodes.includes(operand)) return new Set([operand.id]);
  return viewKinds.has(operand.op.kind) ? sourcesOf(operand, solo) : new Set();
}

const viewKinds: ReadonlySet<NodeOp['kind']> = new Set([
  'broadcast',
  'reshape',
  'slice',
  'transpose',
] as const);

/** Runs kernels one after the other in one workgroup; each sees what those before it wrote. */
export function inOneWorkgroup(kernels: readonly Kernel[]): Kernel {
  const other = kernels.find(({threads = groupThreads}) => threads !== groupThreads);
  if (other !== undefined) throw new Error(`${other.label} needs ${other.threads} threads`);
  const writes = new Set(kernels.flatMap((kernel) => [...kernel.writes]));
  const reads = kernels.flatMap((kernel) => [...kernel.reads]);
  const labels = kernels.map(({label}) => label).join(', ');
  return {
    label: `solo of ${kernels.length}: ${labels}`,
    threads: groupThreads,
    reads: new Set(reads.filter((memory) => !writes.has(memory))),
    writes,
    flops: kernels.reduce((sum, {flops}) => sum + flops, 0),
    size: () => ({
      groups: 1,
      shared: Math.max(0, ...kernels.map((kernel) => kernel.size(groupThreads).shared)),
    }),
    write(code) {
      const pending = new Pending();
      for (const kernel of kernels) {
        const {groups, shared} = kernel.size(groupThreads);
        if (pending.mustWait(kernel, shared)) {
          code.barrier('device');
          pending.clear();
        }
        pending.add(kernel, shared);
        code.for({below: groups, name: 'group'}, (each, group) => {
          kernel.write(each, {group, threads: groupThreads});
          // Another of the kernel's workgroups uses the workgroup's memory next.
          if (groups > 1 && shared > 0) each.barrier();
        });
      }
    },
  };
}

/** What kernels have done since the threads of the workgroup last waited for each other. */
class Pending {
  readonly #written = new Set<MemoryId>();
  #isSharedUsed = false;

  mustWait({reads}: Kernel, shared: number): boolean {
    return (shared > 0 && this.#isSharedUsed) || [...reads].some((id) => this.#written.has(id));
  }

  add({writes}: Kernel, shared: number): void {
    for (const memory of writes) this.#written.add(memory);
    this.#isSharedUsed ||= shared > 0;
  }

  clear(): void {
    this.#written.clear();
    this.#isSharedUsed = false;
  }
}
