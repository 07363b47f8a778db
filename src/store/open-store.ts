import {access, constants} from 'node:fs/promises';
import path from 'node:path';
import {isErrno, isSystemError, whyRefused} from '../base/errno.ts';
import {readText} from '../base/read-text.ts';
import {createWhole, makeFolder} from './durable.ts';
import {foreignEntry, isForeignFolder} from './foreign-entry.ts';
import {noLinksText} from './no-links.ts';
import {type Store, storeFilePath, storeFormat} from './layout.ts';

export type OpenedStore =
  | {readonly kind: 'ok'; readonly store: Store}
  /** The message is for the user. */
  | {readonly kind: 'unusable'; readonly message: string};

/**
 * Opens the store at a path for reading: nothing is written, and a missing store counts as empty. A store in which
 * another user has put links is refused, because following them would lead outside the store.
 */
export function inspectStore(folder: string): OpenedStore {
  const store = {root: path.resolve(folder)};
  const foreign = foreignEntry(store);
  if (foreign !== undefined) {
    const message = `The store ${folder} is not used: another user has put a link or a pipe there, ${foreign}. Remove it, or use another --store.`;
    return {kind: 'unusable', message};
  }
  let text: string;
  try {
    text = readText(storeFilePath(store));
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return newStore(folder, store);
    return {kind: 'unusable', message: `The store ${folder} cannot be read: ${reason(error)}.`};
  }
  const format = parseFormat(text);
  if (format === undefined) {
    return {kind: 'unusable', message: `${storeFilePath(store)} is damaged: no format in it.`};
  }
  if (format > storeFormat) {
    const message =
      `The store ${folder} has format ${format}; this program knows up to ${storeFormat}. ` +
      'Use a newer version, or another --store.';
    return {kind: 'unusable', message};
  }
  return {kind: 'ok', store};
}

/** A store that has no `store.json` yet, or not any more. */
function newStore(folder: string, store: Store): OpenedStore {
  if (!isForeignFolder(store)) return {kind: 'ok', store};
  const message = `The folder ${folder} has files and is no store: nothing was written. Use another --store, such as a new folder in it.`;
  return {kind: 'unusable', message};
}

/** Opens the store at a path for writing; makes it if it does not exist. */
export async function openStore(folder: string): Promise<OpenedStore> {
  const inspected = inspectStore(folder);
  if (inspected.kind === 'unusable') return inspected;
  const {store} = inspected;
  try {
    await makeFolder(store.root);
    await createWhole(store, storeFilePath(store), `${JSON.stringify({format: storeFormat})}\n`);
    await access(store.root, constants.W_OK);
  } catch (error) {
    const why = reason(error);
    const subject = `The file system of the store ${folder} has no hard links`;
    const message = hasNoLinks(error)
      ? noLinksText({subject, why, who: 'runs'}, '--store')
      : `The store ${folder} cannot be written: ${why}.`;
    return {kind: 'unusable', message};
  }
  return inspected;
}

function parseFormat(text: string): number | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('format' in value)) return undefined;
    return Number.isInteger(value.format) ? (value.format as number) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Whether a file could be written, and given no second name. */
function hasNoLinks(error: unknown): boolean {
  const isOfLink = isSystemError(error) && error.syscall === 'link';
  return isOfLink && isErrno(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS');
}

function reason(error: unknown): string {
  if (isSystemError(error)) return whyRefused(error);
  throw error;
}
