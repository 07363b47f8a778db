import {rename, unlink} from 'node:fs/promises';
import {isErrno} from '../../base/errno.ts';
import {readText} from '../../base/read-text.ts';
import {createWhole, linkExclusive, temporaryPath} from '../durable.ts';
import type {WholeStep} from '../failpoint.ts';
import {leasePath, type Store} from '../layout.ts';
import {isAlive, parseIdentity, type ProcessIdentity} from './process-identity.ts';
import type {Key} from '../records/record.ts';

/**
 * The note that a process is computing a key, so that no other one starts on it. It only saves work: if two processes
 * held it, both would publish the same result. A lease whose process has died is void.
 */
export interface Lease extends ProcessIdentity {
  readonly attempt: string;
}

/** The lease of a key whose process is alive, if there is one. */
export function findLease(store: Store, key: Key): Lease | undefined {
  const lease = parseLease(readLease(leasePath(store, key)));
  return lease !== undefined && isAlive(lease) ? lease : undefined;
}

/** Takes the lease of a key, or gives the one that another process holds. */
export async function takeLease(
  store: Store,
  key: Key,
  lease: Lease,
  onStep?: (step: WholeStep) => void,
): Promise<{readonly kind: 'taken'} | {readonly kind: 'held'; readonly by: Lease}> {
  const file = leasePath(store, key);
  for (;;) {
    if ((await createWhole(store, file, JSON.stringify(lease), onStep)) === 'linked')
      return {kind: 'taken'};
    const text = readLease(file);
    const holder = parseLease(text);
    if (holder !== undefined && isAlive(holder)) return {kind: 'held', by: holder};
    if (text !== undefined) await removeDead(store, file, text);
  }
}

/** Removes the lease of a key if its process has died. */
export async function removeDeadLease(store: Store, key: Key): Promise<void> {
  const file = leasePath(store, key);
  const text = readLease(file);
  const lease = parseLease(text);
  if (text !== undefined && !(lease !== undefined && isAlive(lease)))
    await removeDead(store, file, text);
}

/** Gives a lease back, if this attempt still holds it. */
export async function releaseLease(store: Store, key: Key, attempt: string): Promise<void> {
  const file = leasePath(store, key);
  if (parseLease(readLease(file))?.attempt === attempt) await unlink(file);
}

/**
 * Removes a lease that was judged dead by its text. Another process may meanwhile have removed it and put its own in
 * place. So the lease is moved aside first, looked at again, and put back if it is another one.
 */
async function removeDead(store: Store, file: string, judged: string): Promise<void> {
  const aside = await temporaryPath(store);
  try {
    await rename(file, aside);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return;
    throw error;
  }
  if (readLease(aside) !== judged) await linkExclusive(aside, file);
  await unlink(aside);
}

function readLease(file: string): string | undefined {
  try {
    return readText(file);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function parseLease(text: string | undefined): Lease | undefined {
  if (text === undefined) return undefined;
  try {
    const value = parseIdentity(JSON.parse(text)) as Partial<Lease> | undefined;
    return typeof value?.attempt === 'string' ? (value as Lease) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
