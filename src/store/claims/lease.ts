import {stat} from 'node:fs/promises';
import {setTimeout} from 'node:timers/promises';
import {isErrno} from '../../base/errno.ts';
import type {NoteStep} from '../failpoint.ts';
import {leasePath, type Store} from '../layout.ts';
import type {Key} from '../records/record.ts';
import {createNote, readNote, removeNote, replaceNote} from '../note-file.ts';
import {isAlive} from './members.ts';
import {parseIdentity, type ProcessIdentity} from './process-identity.ts';

/**
 * The note that a process is computing a key, so that no other one starts on it. It only saves work: if two processes
 * held it, both would publish the same result. A lease whose process has died is void. After publishing, the lease says
 * that it is done, since another machine may not see the record for a while although its name is taken.
 */
export interface Lease extends ProcessIdentity {
  readonly attempt: string;
}

export type TakenLease =
  | {readonly kind: 'taken'}
  | {readonly kind: 'held'; readonly by: Lease}
  /** The result was published a moment ago. */
  | {readonly kind: 'done'};

/** Time for which it is kept that a lease is done: longer than file systems remember that a file does not exist. */
const doneMs = 600_000;

/** Size of the text of a lease, whatever it says. */
const textBytes = 512;

/** Number of times, and interval, to look for a lease that exists and cannot be read, before doing without it. */
const looks = 50;
const lookMs = 20;

/** The lease of a key whose process is alive, if there is one. */
export function findLease(store: Store, key: Key): Lease | undefined {
  const lease = parseLease(readNote(leasePath(store, key)));
  return lease !== undefined && isAlive(store, lease) ? lease : undefined;
}

/** Whether the lease of a key says that its result was published. */
export function isDone(store: Store, key: Key): boolean {
  return isDoneText(readNote(leasePath(store, key)));
}

/**
 * Takes the lease of a key, unless another attempt holds it or has published. A worker so takes over the lease of its
 * head, which took it for the same attempt.
 */
export async function takeLease(
  store: Store,
  key: Key,
  lease: Lease,
  onStep?: (step: NoteStep) => void,
): Promise<TakenLease> {
  const file = leasePath(store, key);
  const own = leaseText(lease);
  for (let look = 0; look < looks; look++) {
    const text = readNote(file);
    if (text === undefined) {
      if ((await createNote(store, file, own)) === 'made') return {kind: 'taken'};
      // It has just been given back, or this machine does not see it yet.
      if (look > 0) await setTimeout(lookMs);
      continue;
    }
    if (isDoneText(text)) return {kind: 'done'};
    const holder = parseLease(text);
    if (holder?.attempt === lease.attempt) {
      await replaceNote(store, file, own, onStep);
      return {kind: 'taken'};
    }
    if (holder !== undefined && isAlive(store, holder)) return {kind: 'held', by: holder};
    await removeNote(store, file, text);
  }
  return {kind: 'taken'};
}

/**
 * Gives a lease back, if this attempt still holds it.
 * @param isStored whether there is a result now
 */
export async function releaseLease(
  store: Store,
  key: Key,
  attempt: string,
  isStored: boolean,
): Promise<void> {
  const file = leasePath(store, key);
  const text = readNote(file);
  if (text === undefined || parseLease(text)?.attempt !== attempt) return;
  if (isStored && (await hasNotedDone(store, file, attempt))) return;
  await removeNote(store, file, text);
}

/** Whether there was room for the note that a lease is done; without it others may only compute the result again. */
async function hasNotedDone(store: Store, file: string, attempt: string): Promise<boolean> {
  try {
    await replaceNote(store, file, leaseText({done: attempt}));
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOSPC', 'EDQUOT')) return false;
    throw error;
  }
}

/** Removes the lease of a key if it says that it is done. */
export async function removeDoneLease(store: Store, key: Key): Promise<void> {
  const file = leasePath(store, key);
  const text = readNote(file);
  if (text !== undefined && isDoneText(text)) await removeNote(store, file, text);
}

/**
 * Removes the lease of a key if its process has died, or if it was done some time ago.
 * @param nowMs the time by the clock that dates the store's files
 */
export async function sweepLease(store: Store, key: Key, nowMs: number): Promise<void> {
  const file = leasePath(store, key);
  const text = readNote(file);
  if (text === undefined) return;
  const lease = parseLease(text);
  const isVoid = isDoneText(text)
    ? await isOlder(file, nowMs - doneMs)
    : lease === undefined || !isAlive(store, lease);
  if (isVoid) await removeNote(store, file, text);
}

/**
 * All texts have one size, unless a host has a very long name: another machine may know the size of the text that this
 * one replaces, and read so much.
 */
function leaseText(value: Lease | {readonly done: string}): string {
  return `${JSON.stringify(value).padEnd(textBytes - 1)}\n`;
}

async function isOlder(file: string, sinceMs: number): Promise<boolean> {
  try {
    return (await stat(file)).mtimeMs < sinceMs;
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ESTALE')) return false;
    throw error;
  }
}

function isDoneText(text: string | undefined): boolean {
  return typeof (parseJson(text) as {readonly done?: unknown} | undefined)?.done === 'string';
}

function parseLease(text: string | undefined): Lease | undefined {
  const value = parseIdentity(parseJson(text)) as Partial<Lease> | undefined;
  return typeof value?.attempt === 'string' ? (value as Lease) : undefined;
}

/** `undefined`: the text is none of ours. */
function parseJson(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : (JSON.parse(text) ?? undefined);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
