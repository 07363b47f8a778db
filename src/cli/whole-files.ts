import {randomBytes} from 'node:crypto';
import {link, rename, rm, writeFile} from 'node:fs/promises';

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

/** Writes a file that is never visible half-written, replacing an existing one. */
export async function replaceWhole(file: string, text: string): Promise<void> {
  const temporary = temporaryName(file);
  try {
    await writeFile(temporary, text);
    await rename(temporary, file);
  } finally {
    await rm(temporary, {force: true});
  }
}

function temporaryName(file: string): string {
  return `${file}.${randomBytes(4).toString('hex')}.tmp`;
}
