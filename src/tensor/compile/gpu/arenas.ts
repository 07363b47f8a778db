/**
 * Arenas: memories that hold, one after the other and beside each other, all that only the program itself reads.
 *
 * Takes groups of kernels in order; gives each memory a place from the first group that uses it to the last. Places of
 * memories in use at once do not overlap. An arena holds numbers or vectors, as they are written, and is at most as large
 * as a binding may be. While it holds what only one chunk of the images uses, it holds nothing else: a kernel then
 * needs the arenas of its chunk and few others.
 */
import {CapacityError} from '../../engines/gpu/errors.ts';
import {formatBytes} from '../../engines/gpu/format-bytes.ts';
import type {Kernel} from '../../kernels/kernel.ts';
import type {MemoryId} from '../../kernels/ir.ts';
import {FreeList} from '../free-list.ts';

export interface Arenas {
  /** Sizes in numbers. */
  readonly arenas: readonly {readonly type: 'f32' | 'vec4f'; readonly size: number}[];
  /** Offsets in numbers, multiples of 16. */
  readonly places: ReadonlyMap<MemoryId, {readonly arena: number; readonly offset: number}>;
}

interface Given {
  readonly sizeOf: (memory: MemoryId) => number;
  readonly isVector: (memory: MemoryId) => boolean;
  /** Memories that lie elsewhere. */
  readonly isExternal: (memory: MemoryId) => boolean;
  /** The most bytes of an arena, and of a memory. */
  readonly most: number;
}

/** @throws CapacityError if a memory alone is larger than a binding may be */
export function arenasOf(groups: readonly (readonly Kernel[])[], given: Given): Arenas {
  const {sizeOf, isVector, isExternal, most} = given;
  const last = new Map<MemoryId, number>();
  groups.forEach((kernels, index) => {
    for (const memory of kernels.flatMap(memoriesOf)) last.set(memory, index);
  });
  const owners = ownersOf(groups.flat());
  const arenas: Arena[] = [];
  const places = new Map<MemoryId, {arena: number; offset: number}>();
  const take = (memory: MemoryId): void => {
    const type = isVector(memory) ? 'vec4f' : 'f32';
    const bytes = 4 * sizeOf(memory);
    if (bytes > most) {
      throw new CapacityError(
        `${formatBytes(bytes)} are needed in one piece; this GPU allows ${formatBytes(most)}. A smaller batch, image or network needs less.`,
      );
    }
    // Few numbers are not written in vectors, and need no arenas of their own.
    const isSmall = type === 'f32' && bytes < most / smallPart;
    const owner = isSmall ? undefined : owners.get(memory);
    let arena = arenas.findIndex(
      (one) =>
        one.type === type && (one.held === 0 || one.owner === owner) && fits(one.free, bytes, most),
    );
    if (arena < 0) arena = arenas.push({type, free: new FreeList(), owner, held: 0}) - 1;
    const taken = arenas[arena]!;
    taken.owner = owner;
    taken.held++;
    places.set(memory, {arena, offset: taken.free.take(bytes) / 4});
  };
  groups.forEach((kernels, index) => {
    const used = new Set(kernels.flatMap(memoriesOf));
    for (const memory of used) if (!isExternal(memory) && !places.has(memory)) take(memory);
    for (const memory of used) {
      const place = places.get(memory);
      if (place === undefined || last.get(memory) !== index) continue;
      const arena = arenas[place.arena]!;
      arena.free.giveBack(4 * place.offset, 4 * sizeOf(memory));
      arena.held--;
    }
  });
  return {arenas: arenas.map(({type, free}) => ({type, size: free.end / 4})), places};
}

/** Numbers that take less than this part of a binding share arenas, whatever chunk they belong to. */
const smallPart = 64;

interface Arena {
  readonly type: 'f32' | 'vec4f';
  readonly free: FreeList;
  /** The chunk whose numbers it holds. */
  owner: number | undefined;
  /** The memories in use. */
  held: number;
}

/** The chunk that each memory belongs to; absent for memories that others use, too. */
function ownersOf(kernels: readonly Kernel[]): ReadonlyMap<MemoryId, number> {
  const users = new Map<MemoryId, Set<number | undefined>>();
  for (const kernel of kernels) {
    for (const memory of memoriesOf(kernel)) {
      users.set(memory, (users.get(memory) ?? new Set()).add(kernel.chunk));
    }
  }
  return new Map(
    [...users].flatMap(([memory, chunks]) => {
      const [chunk, ...others] = chunks;
      return chunk === undefined || others.length > 0 ? [] : [[memory, chunk] as const];
    }),
  );
}

function memoriesOf({reads, writes}: Kernel): readonly MemoryId[] {
  return [...reads, ...writes];
}

/** Whether an arena can hold more bytes without becoming too large. */
function fits(free: FreeList, bytes: number, most: number): boolean {
  return free.wouldEnd(bytes) <= most;
}
