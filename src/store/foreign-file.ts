import {lstatSync, type Stats} from 'node:fs';
import {geteuid} from 'node:process';

/**
 * The reason why a file of the store must not say what is executed in this user's name, as a sentence: another user has
 * written it or may change it, or there is a link in its place. `undefined`: it may, or there is none.
 */
export function foreignFileFault(file: string): string | undefined {
  const found = lstatSync(file, {throwIfNoEntry: false});
  const why = found && whyForeign(found);
  return why && `${file} says what is executed in your name, but ${why}.`;
}

function whyForeign(found: Stats): string | undefined {
  const user = geteuid?.();
  if (user !== undefined && found.uid !== user) return 'it belongs to another user';
  if (!found.isFile()) return 'it is a link, or no file at all';
  return user !== undefined && (found.mode & othersWrite) !== 0
    ? 'other users may change it'
    : undefined;
}

/** The bits of a mode that let the group and all users write. */
const othersWrite = 0o022;
