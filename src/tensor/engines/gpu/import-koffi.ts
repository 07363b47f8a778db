import type * as Koffi from 'koffi';
import {UnavailableError} from './errors.ts';

/**
 * Imports koffi, by which libraries of the system are called. It is an optional dependency.
 * @param purpose what is done through it, as the beginning of a sentence
 * @throws UnavailableError if it is missing or does not work here
 */
export async function importKoffi(purpose: string): Promise<typeof Koffi> {
  try {
    return await import('koffi');
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
    const message = `${purpose} through the package koffi, which cannot be loaded (${reason}): \`npm install koffi@3\` in the folder of your project.`;
    throw new UnavailableError(message, {cause: error});
  }
}
