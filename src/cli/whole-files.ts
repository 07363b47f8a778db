import {randomBytes} from 'node:crypto';
import {link, realpath, rename, rm, writeFile} from 'node:fs/promises';
import {isErrno, isSystemError, whyRefused} from '../base/errno.ts';
import {exitCodes, type ExitCode} from './exit-codes.ts';
import type {World} from './world.ts';

/** Writes a new file that is never visible half-written; rejects with `EEXIST` if it exists. */
export async function createWhole(file: string, text: string): Promise<void> {
  const temporary = temporaryName(file);
  try {
    await writeFile(temporary, text);
    await link(temporary, file);
  } finally {
    await rm(temporary, {force: true});
  }
}

/** Writes a file that is never visible half-written, replacing an existing one: of a link, the file that it leads to. */
export async function replaceWhole(file: string, text: string): Promise<void> {
  const place = await placeOf(file);
  const temporary = temporaryName(place);
  try {
    await writeFile(temporary, text);
    await rename(temporary, place);
  } finally {
    await rm(temporary, {force: true});
  }
}

/** Says why a file of the user's was not created, and gives how the command ends. Throws what is no error of the system. */
export function refuseToCreate(error: unknown, shown: string, {faults}: World): ExitCode {
  if (isErrno(error, 'EEXIST')) {
    faults.fault('unwritable-file', `${shown} is there already: nothing was written.`);
    return exitCodes.usage;
  }
  if (!isSystemError(error)) throw error;
  faults.fault('unwritable-file', `${shown} cannot be written: ${whyRefused(error)}.`);
  return exitCodes.usage;
}

/** The path of a file without links. One that leads to nothing is replaced. */
async function placeOf(file: string): Promise<string> {
  try {
    return await realpath(file);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return file;
    throw error;
  }
}

function temporaryName(file: string): string {
  return `${file}.${randomBytes(4).toString('hex')}.tmp`;
}
