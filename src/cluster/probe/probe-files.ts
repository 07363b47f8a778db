import path from 'node:path';
import {temporaryFolder, type Store} from '../../store/layout.ts';
import {readNote, replaceNote} from '../../store/note-file.ts';
import {storeNeeds, type UnmetNeed} from '../../store/examine-folder.ts';

/**
 * The files by which a doctor and the members that it has asked for find out whether they can work on one store. They are
 * in a folder of unfinished files, so that a sweep removes what a killed doctor leaves.
 */
export interface Probe {
  readonly store: Store;
  /** 16 hex digits. */
  readonly name: string;
}

/** Whether a text is the name of a probe. */
export function isProbeName(text: string): boolean {
  return /^[0-9a-f]{16}$/.test(text);
}

export function probeFolder({store, name}: Probe): string {
  return path.join(temporaryFolder(store), name);
}

/** The folder of the member of a pool. */
export function poolFolder(probe: Probe, pool: string): string {
  return path.join(probeFolder(probe), `pool-${pool}`);
}

/** The doctor's order to the members of a probe. */
export interface ProbeOrder {
  /** A text that only this store has. */
  readonly nonce: string;
  /** The doctor's heartbeat. */
  readonly doctor: string;
  /** The time from one heartbeat to the next, in milliseconds. */
  readonly beatMs: number;
  /** The time for which the member and the doctor watch each other, in milliseconds. */
  readonly watchMs: number;
}

/** The facts that a member tells of itself when it has started. */
export interface ProbeStart {
  readonly nonce: string;
  /** The member's heartbeat. */
  readonly member: string;
  readonly host: string;
  /** The versions of this program and of Node.js. */
  readonly program: string;
  readonly node: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly gpus: number;
  /** The reasons for the number of GPUs, as sentences. */
  readonly whyGpus: readonly string[];
}

/** The observations of one side of a probe about the other side's files and heartbeat. */
export interface Sight {
  /** Number of its new files that were answered. */
  readonly answers: number;
  /** The longest time until one was answered, in milliseconds: the other side saw it, and this side the answer. */
  readonly answerMs: number;
  /** Number of times that the other side's heartbeat was seen to change. */
  readonly beats: number;
  /** The longest time without such a change, in milliseconds. */
  readonly silenceMs: number;
}

/** The findings of a member. */
export interface ProbeReport {
  readonly unmet: readonly UnmetNeed[];
  readonly sight: Sight;
}

/** Shows that a probe goes on: a sweep removes what has not changed for an hour. */
export async function keepProbe(probe: Probe): Promise<void> {
  await replaceNote(probe.store, path.join(probeFolder(probe), 'kept'), '');
}

export async function writeOrder(probe: Probe, order: ProbeOrder): Promise<void> {
  await write(probe, path.join(probeFolder(probe), 'order.json'), order);
}

export async function writeStart(probe: Probe, pool: string, start: ProbeStart): Promise<void> {
  await write(probe, path.join(poolFolder(probe, pool), 'start.json'), start);
}

export async function writeReport(probe: Probe, pool: string, report: ProbeReport): Promise<void> {
  await write(probe, path.join(poolFolder(probe, pool), 'report.json'), report);
}

/** `undefined`: there is none, or it is not readable yet. So for all of them. */
export function readOrder(probe: Probe): ProbeOrder | undefined {
  return read<ProbeOrder>(path.join(probeFolder(probe), 'order.json'), {
    nonce: isText,
    doctor: isText,
    beatMs: isAmount,
    watchMs: isAmount,
  });
}

export function readStart(probe: Probe, pool: string): ProbeStart | undefined {
  return read<ProbeStart>(path.join(poolFolder(probe, pool), 'start.json'), {
    nonce: isText,
    member: (value) => isText(value) && isProbeName(value as string),
    host: isText,
    program: isText,
    node: isText,
    cores: isAmount,
    memoryBytes: isAmount,
    gpus: isAmount,
    whyGpus: listOf(isText),
  });
}

export function readReport(probe: Probe, pool: string): ProbeReport | undefined {
  return read<ProbeReport>(path.join(poolFolder(probe, pool), 'report.json'), {
    unmet: listOf(hasShape({need: (need) => storeNeeds.some((one) => one === need), why: isText})),
    sight: hasShape({answers: isAmount, answerMs: isAmount, beats: isAmount, silenceMs: isAmount}),
  });
}

async function write({store}: Probe, file: string, value: object): Promise<void> {
  await replaceNote(store, file, `${JSON.stringify(value)}\n`);
}

type Test = (value: unknown) => boolean;

/** A file of this shape. The other side may be of another version. */
function read<T>(file: string, shape: Readonly<Record<keyof T, Test>>): T | undefined {
  const text = readNote(file);
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return hasShape(shape)(value) ? (value as T) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const isText: Test = (value) => typeof value === 'string';
const isAmount: Test = (value) => typeof value === 'number' && Number.isFinite(value) && value >= 0;

function listOf(test: Test): Test {
  return (value) => Array.isArray(value) && value.every(test);
}

function hasShape(shape: Readonly<Record<string, Test>>): Test {
  return (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(shape).every(([name, test]) => test((value as Record<string, unknown>)[name]));
}
