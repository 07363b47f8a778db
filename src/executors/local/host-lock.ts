import {randomBytes} from 'node:crypto';
import {
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import {isErrno} from '../../base/errno.ts';
import {
  isRunning,
  parseIdentity,
  type ProcessIdentity,
} from '../../store/claims/process-identity.ts';

/**
 * Runs an action under mutual exclusion between processes; `busy`: another process is in it now. A process that dies in
 * it does not block others.
 *
 * The folder holds numbered files. The file with the highest number names the holder, or is empty if there is none. A
 * process that finds no holder, or a dead one, creates the next number, which succeeds for only one process, and is the
 * holder if its number is still the highest. The highest file is never removed, so that no number is used twice.
 */
export function underLock<T>(
  folder: string,
  owner: ProcessIdentity,
  action: () => T,
): {readonly kind: 'done'; readonly value: T} | {readonly kind: 'busy'} {
  mkdirSync(folder, {recursive: true, mode: 0o700});
  const last = highest(folder);
  const holder = last === undefined ? undefined : readHolder(folder, last);
  if (holder === 'gone' || (holder !== undefined && isRunning(holder))) return {kind: 'busy'};
  const own = (last ?? 0) + 1;
  if (!createWhole(path.join(folder, String(own)), JSON.stringify(owner))) return {kind: 'busy'};
  if (highest(folder) !== own) {
    // A later holder may have removed it just now.
    rmSync(path.join(folder, String(own)), {force: true});
    return {kind: 'busy'};
  }
  try {
    for (const name of readdirSync(folder)) {
      if (/^\d+$/.test(name) && Number(name) < own) rmSync(path.join(folder, name), {force: true});
    }
    return {kind: 'done', value: action()};
  } finally {
    replaceWhole(path.join(folder, String(own)), '{}');
  }
}

/** Replaces a file atomically: a reader always sees a complete one. */
export function replaceWhole(file: string, text: string): void {
  const temporary = `${file}.${randomBytes(6).toString('hex')}`;
  writeFileSync(temporary, text, {mode: 0o600});
  renameSync(temporary, file);
}

function createWhole(file: string, text: string): boolean {
  const temporary = `${file}.${randomBytes(6).toString('hex')}`;
  writeFileSync(temporary, text, {mode: 0o600});
  try {
    linkSync(temporary, file);
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  } finally {
    rmSync(temporary);
  }
}

function highest(folder: string): number | undefined {
  const numbers = readdirSync(folder).filter((name) => /^\d+$/.test(name));
  return numbers.length === 0 ? undefined : Math.max(...numbers.map(Number));
}

/** `undefined`: no holder. `gone`: another process has come in between. */
function readHolder(folder: string, number: number): ProcessIdentity | 'gone' | undefined {
  try {
    return parseIdentity(JSON.parse(readFileSync(path.join(folder, String(number)), 'utf8')));
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return 'gone';
    throw error;
  }
}
