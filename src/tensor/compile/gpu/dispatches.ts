/**
 * Writes groups of kernels as dispatches, with every memory at its place.
 *
 * A dispatch with more bindings than the device allows is taken apart into its kernels.
 */
import {CapacityError} from '../../engines/gpu/errors.ts';
import {Code} from '../../kernels/code.ts';
import {group, less, subtract} from '../../kernels/expressions.ts';
import type {MemoryId, Statement} from '../../kernels/ir.ts';
import type {Binding, BindingSource, Cost, Dispatch, Kernel, Limits} from '../../kernels/kernel.ts';
import {withMemories, type MemoryUse} from '../../kernels/memories.ts';
import type {Arenas} from './arenas.ts';

/** The threads of a workgroup where no kernel of a dispatch needs a certain number. */
const usualThreads = 256;

interface Given {
  readonly arenas: Arenas;
  readonly limits: Limits;
  readonly isVector: (memory: MemoryId) => boolean;
  /** The numbers of a memory. */
  readonly sizeOf: (memory: MemoryId) => number;
  /** The tensors of inputs and outputs. */
  readonly sources: ReadonlyMap<MemoryId, BindingSource>;
}

/** A dispatch with what it costs, for predictions and reports. */
export interface CostedDispatch extends Dispatch {
  readonly cost: Cost;
}

/** @throws CapacityError if one kernel alone needs more bindings than the device allows */
export function dispatchesOf(
  groups: readonly (readonly Kernel[])[],
  given: Given,
): readonly CostedDispatch[] {
  return groups.flatMap((kernels) => {
    const dispatch = dispatchOf(kernels, given);
    if (dispatch.bindings.length <= given.limits.bindings) return [dispatch];
    if (kernels.length > 1)
      return dispatchesOf(
        kernels.map((kernel) => [kernel]),
        given,
      );
    const {labels, bindings} = dispatch;
    throw new CapacityError(
      `${labels[0]} needs ${bindings.length} memories at once; this GPU allows ${given.limits.bindings}. A smaller batch, image or network needs fewer.`,
    );
  });
}

function dispatchOf(kernels: readonly Kernel[], given: Given): CostedDispatch {
  const fixed = kernels.find(({threads}) => threads !== undefined)?.threads;
  const threads = fixed ?? Math.min(usualThreads, given.limits.threads);
  const sizes = kernels.map((kernel) => kernel.size(threads));
  const placed = new Bindings(given).place(write(kernels, threads));
  return {
    labels: kernels.map(({label}) => label),
    cost: {
      flops: kernels.reduce((sum, {flops}) => sum + flops, 0),
      bytes: kernels.reduce((sum, kernel) => sum + bytesOf(kernel, given.sizeOf), 0),
    },
    threads,
    groups: sizes.reduce((sum, {groups}) => sum + groups, 0),
    shared: Math.max(0, ...sizes.map(({shared}) => shared)),
    ...placed,
  };
}

function bytesOf({reads, writes}: Kernel, sizeOf: (memory: MemoryId) => number): number {
  return [...reads, ...writes].reduce((sum, memory) => sum + 4 * sizeOf(memory), 0);
}

/** The kernels one beside the other: each has the workgroups after those of the kernels before it. */
function write(kernels: readonly Kernel[], threads: number): readonly Statement[] {
  const code = new Code();
  if (kernels.length === 1) {
    kernels[0]!.write(code, {group, threads});
    return code.statements;
  }
  let first = 0;
  for (const kernel of kernels) {
    const {groups} = kernel.size(threads);
    // Unsigned: the workgroups before the first wrap around to large numbers.
    const own = code.let(subtract(group, first), 'g');
    code.if(less(own, groups), (inside) => kernel.write(inside, {group: own, threads}));
    first += groups;
  }
  return code.statements;
}

/** Collects the bindings of one dispatch. */
class Bindings {
  readonly #given: Given;

  constructor(given: Given) {
    this.#given = given;
  }

  place(body: readonly Statement[]): Pick<Dispatch, 'bindings' | 'body'> {
    const uses: MemoryUse[] = [];
    withMemories(body, (use) => {
      uses.push(use);
      return {memory: use.memory, offset: 0};
    });
    const places = new Map<string, number>();
    const bindings: Binding[] = [];
    for (const use of uses) {
      const {key, source} = this.#sourceOf(use.memory);
      const place = places.get(key) ?? places.set(key, places.size).get(key)!;
      const before = bindings[place];
      const isWritten = before?.isWritten === true || use.isStore;
      bindings[place] = {source, type: this.#typeOf(source, use, before), isWritten};
    }
    return {
      bindings,
      body: withMemories(body, ({memory}) => {
        const {key, offset} = this.#sourceOf(memory);
        return {memory: places.get(key)!, offset};
      }),
    };
  }

  #sourceOf(memory: MemoryId): {key: string; source: BindingSource; offset: number} {
    const {arenas, sources} = this.#given;
    const source = sources.get(memory);
    if (source !== undefined) return {key: `memory ${memory}`, source, offset: 0};
    const {arena, offset} = arenas.places.get(memory)!;
    return {key: `arena ${arena}`, source: {kind: 'arena', arena}, offset};
  }

  /** Inputs are vectors if any kernel reads them so; what is written, is as it is written everywhere. */
  #typeOf(source: BindingSource, {memory, type}: MemoryUse, before: Binding | undefined) {
    const {arenas, isVector} = this.#given;
    if (source.kind === 'arena') return arenas.arenas[source.arena]!.type;
    if (source.kind === 'output') return isVector(memory) ? 'vec4f' : 'f32';
    return before?.type === 'vec4f' ? 'vec4f' : type;
  }
}
