/**
 * Levels: kernels that do not wait for each other are one dispatch, since a launch takes longer than most kernels.
 *
 * Takes kernels; gives groups of them, in the order in which they are to run. No kernel of a group reads what another of
 * the group writes; their workgroups have the same number of threads; memories outside the arenas are at most `external`.
 * A kernel that fits into no group of its level waits for a later one, as long as no other kernel waits for it.
 */
import type {Kernel} from '../../kernels/kernel.ts';
import type {MemoryId} from '../../kernels/ir.ts';
import {chainsBefore, neighboursOf} from './neighbours.ts';
import {phasesOf} from './phases.ts';

export interface LevelOptions {
  readonly isExternal: (memory: MemoryId) => boolean;
  readonly external: number;
  /** Whether kernels whose threads wait for each other get a group each. */
  readonly wantsBarriersApart?: boolean | undefined;
}

export function levelsOf(
  kernels: readonly Kernel[],
  given: LevelOptions,
): readonly (readonly Kernel[])[] {
  return phasesOf(kernels).flatMap((phase) => levelsOfPhase(phase, given));
}

function levelsOfPhase(
  kernels: readonly Kernel[],
  given: LevelOptions,
): readonly (readonly Kernel[])[] {
  const {before, after} = neighboursOf(kernels);
  const earliest = chainsBefore(kernels, before);
  const count = Math.max(-1, ...earliest.values()) + 1;
  const behind = chainsBefore(kernels, after);
  const latest = (kernel: Kernel): number => count - 1 - behind.get(kernel)!;
  const done = new Set<Kernel>();
  const groups: (readonly Kernel[])[] = [];
  for (let level = 0; level < count; level++) {
    const ready = kernels.filter(
      (kernel) =>
        !done.has(kernel) &&
        earliest.get(kernel)! <= level &&
        [...before.get(kernel)!].every((other) => done.has(other)),
    );
    const urgent = ready.filter((kernel) => latest(kernel) === level);
    const patient = ready.filter((kernel) => latest(kernel) > level);
    for (const group of groupsOf({urgent, patient}, given)) {
      groups.push(group);
      for (const kernel of group) done.add(kernel);
    }
  }
  return groups;
}

/** @throws Error if a kernel reads what nobody writes: a bug of a pass before this */
export function checkWritten(
  kernels: readonly Kernel[],
  isGiven: (memory: MemoryId) => boolean,
): void {
  const written = new Set(kernels.flatMap(({writes}) => [...writes]));
  for (const {label, reads} of kernels) {
    for (const memory of reads) {
      if (written.has(memory) || isGiven(memory)) continue;
      throw new Error(`The kernel ${label} reads memory ${memory}, which no kernel writes`);
    }
  }
}

interface Group {
  threads: number | undefined;
  readonly external: Set<MemoryId>;
  readonly kernels: Kernel[];
}

/** Those that need a number of threads come first: the others join them. Patient ones begin no group. */
function groupsOf(
  {urgent, patient}: {readonly urgent: readonly Kernel[]; readonly patient: readonly Kernel[]},
  {isExternal, external: most, wantsBarriersApart = false}: LevelOptions,
): readonly (readonly Kernel[])[] {
  const groups: Group[] = [];
  const isFlexible = (kernel: Kernel): number => (kernel.threads === undefined ? 1 : 0);
  const ordered = (some: readonly Kernel[]): readonly Kernel[] =>
    some.toSorted((a, b) => isFlexible(a) - isFlexible(b));
  for (const kernel of [...ordered(urgent), ...ordered(patient)]) {
    const external = [...kernel.reads, ...kernel.writes].filter(isExternal);
    const group = groups.find(
      (other) =>
        !(wantsBarriersApart && (kernel.threads !== undefined || other.threads !== undefined)) &&
        (other.threads === undefined ||
          kernel.threads === undefined ||
          kernel.threads === other.threads) &&
        new Set([...other.external, ...external]).size <= most,
    );
    if (group !== undefined) {
      group.threads ??= kernel.threads;
      for (const memory of external) group.external.add(memory);
      group.kernels.push(kernel);
    } else if (!patient.includes(kernel)) {
      groups.push({threads: kernel.threads, external: new Set(external), kernels: [kernel]});
    }
  }
  return groups.map(({kernels}) => kernels);
}
