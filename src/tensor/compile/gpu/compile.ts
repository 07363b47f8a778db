/**
 * The GPU compiler: its passes, in their order.
 *
 * program → nodes → clusters → kernels → groups of kernels that do not wait for each other → places in arenas →
 * dispatches. Each pass says what it takes and gives.
 */
import {CapacityError} from '../../engines/gpu/errors.ts';
import {formatBytes} from '../../engines/gpu/format-bytes.ts';
import type {MemoryId} from '../../kernels/ir.ts';
import type {BindingSource, GpuProgram, Kernel, Limits} from '../../kernels/kernel.ts';
import type {Program} from '../../program.ts';
import {sizeOf} from '../../shape.ts';
import {prepare} from '../prepare.ts';
import {isContiguous} from '../views.ts';
import type {Access} from './access.ts';
import {arenasOf} from './arenas.ts';
import {clusterKernels} from './cluster-kernels.ts';
import {clustersOf} from './clusters.ts';
import {dispatchesOf, type CostedDispatch} from './dispatches.ts';
import {ExternalMemories} from './external.ts';
import {copyKernel} from './kernels/copy.ts';
import {Layout} from './layout.ts';
import {checkWritten, levelsOf} from './levels.ts';
import {nodesOf, type Nodes} from './nodes.ts';
import {remake} from './remake.ts';
import {divideByImages, mostChunks, wholeProgram} from './chunks/divide.ts';
import {computeShortSums} from './short-sums.ts';
import {storedNodes} from './stored.ts';

export interface GpuOptions {
  readonly limits: Limits;
  /** Side of a tile of Winograd's convolution: 4 is fast, 2 is precise. */
  readonly tile: 2 | 4;
}

/** What chunks give for a sum over images is put together if it takes at most this part of a binding. */
const joinedPart = 32;

export interface CompiledProgram extends GpuProgram {
  readonly dispatches: readonly CostedDispatch[];
}

/**
 * Compiles a program. If its numbers do not fit into the bindings of a device, it is divided by images into twice as many
 * chunks until they do.
 * @throws CapacityError if an input or an output does not fit into a binding, or if chunks of one image need larger or more
 * bindings than the device allows
 */
export function compileForGpu(program: Program, options: GpuOptions): CompiledProgram {
  checkGiven(program, options.limits);
  const prepared = prepare(program, {readsTransposed: true, ofPlanes: true});
  const most = mostChunks(prepared);
  for (let count = 1; ; count = Math.min(2 * count, most)) {
    try {
      return compileInChunks(prepared, count, options);
    } catch (error) {
      if (!(error instanceof CapacityError) || count === most) throw error;
    }
  }
}

function compileInChunks(
  prepared: Program,
  count: number,
  {limits, tile}: GpuOptions,
): CompiledProgram {
  const mostJoined = limits.bindingBytes / 4 / joinedPart;
  const {program, chunks} =
    count === 1 ? wholeProgram(prepared) : divideByImages(prepared, {count, mostJoined});
  const nodes = nodesOf(program, tile, limits, chunks);
  const layout = new Layout(nodes);
  const external = new ExternalMemories(nodes, layout, limits);
  const made = clustersOf(nodes, external, limits);
  remake(made, external, limits);
  const clusters = computeShortSums(nodes, made, {layout, external});
  const stored = storedNodes(nodes, clusters);
  const outputs = new Set([...nodes.outputs.values()].map((id) => nodes.steps[id]!.value));
  const computed = clusterKernels({clusters, stored, outputs, layout, limits});
  const {kernels, sources} = withOutputs(nodes, computed, layout);
  const isExternal = (memory: MemoryId): boolean => sources.has(memory);
  checkWritten(kernels, (memory) => sources.get(memory)?.kind === 'input');
  const groups = levelsOf(kernels, {
    isExternal,
    external: external.most,
    wantsBarriersApart: limits.wantsBarriersApart,
  });
  const isVector = (memory: MemoryId): boolean => layout.isVector(memory);
  const sizeOf = (memory: MemoryId): number => layout.sizeOf(memory);
  const arenas = arenasOf(groups, {
    sizeOf,
    isVector,
    isExternal,
    most: limits.bindingBytes,
  });
  return {
    arenas: arenas.arenas,
    dispatches: dispatchesOf(groups, {arenas, limits, isVector, sizeOf, sources}),
  };
}

/** Inputs and outputs are a binding each, whatever the program is divided into. */
function checkGiven({steps, inputs, outputs}: Program, {bindingBytes}: Limits): void {
  const given = [...inputs].map(([name, shape]) => ({name: `The input ${name}`, shape}));
  const made = [...outputs].map(([name, step]) => {
    return {name: `The output ${name}`, shape: steps[step]!.value.shape};
  });
  for (const {name, shape} of [...given, ...made]) {
    const bytes = 4 * sizeOf(shape);
    if (bytes <= bindingBytes) continue;
    const [has, most] = [bytes, bindingBytes].map(formatBytes);
    throw new CapacityError(`${name} has ${has}; this GPU allows ${most} in one piece.`);
  }
}

interface Bound {
  readonly kernels: readonly Kernel[];
  /** Memories that are inputs or outputs. */
  readonly sources: ReadonlyMap<MemoryId, BindingSource>;
}

/** Each output has a memory of its own: what is a part or a view of something else is copied. */
function withOutputs(nodes: Nodes, computed: readonly Kernel[], layout: Layout): Bound {
  const sources = new Map<MemoryId, BindingSource>();
  for (const [name, id] of nodes.inputs) sources.set(id, {kind: 'input', name});
  const kernels = computed.filter((kernel) => kernel.size(256).groups > 0);
  for (const [name, id] of nodes.outputs) {
    const {value} = nodes.steps[id]!;
    const access = layout.read(value);
    const source = {kind: 'output', name} as const;
    if (isWhole(access, layout) && !sources.has(access.memory)) {
      sources.set(access.memory, source);
      continue;
    }
    const memory = layout.temporary(sizeOf(value.shape), false);
    const to = {...layout.write(value), memory, offset: 0, isVector: false};
    if (sizeOf(value.shape) > 0) kernels.push(copyKernel(`output ${name}`, access, to));
    sources.set(memory, source);
  }
  return {kernels, sources};
}

/** Whether an access is all of a memory, in order. */
function isWhole(access: Access, layout: Layout): boolean {
  const {shape, memory, offset, through, parts, constant} = access;
  const isPlain = through === undefined && parts === undefined && constant === undefined;
  return (
    isPlain &&
    offset === 0 &&
    sizeOf(shape) === layout.sizeOf(memory) &&
    isContiguous(access, shape)
  );
}
