import {isLitter} from '../../base/litter.ts';
import {CorruptFile} from '../file-fault.ts';

/** A file of a folder or an archive. */
export interface TreeFile {
  /** Relative; folders are separated by `/`. */
  readonly path: string;
  /** Reads its bytes. Call it before asking for the next file, or not at all. */
  read(): Promise<Uint8Array>;
}

/** Limits of an archive's contents. */
export interface TreeLimits {
  readonly maxFiles: number;
  readonly maxFileBytes: number;
  /** Total size of the unpacked files. */
  readonly maxTotalBytes: number;
}

/** The longest path that Linux opens, in bytes (PATH_MAX, linux/limits.h). */
const maxPathBytes = 4096;

/**
 * The path of an archive's entry, normalised: folders separated by single slashes, without `.` among them.
 * @throws CorruptFile if it leads out of the archive, is longer than a path can be or has control characters
 */
export function safePath(name: string, archive: string): string {
  const refuse = (reason: string): never => {
    throw new CorruptFile(archive, `refused: its entry ${quotedName(name)} ${reason}`);
  };
  const length = Buffer.byteLength(name);
  if (length > maxPathBytes) {
    refuse(`has a name of ${length} bytes, more than the ${maxPathBytes} that a path can have`);
  }
  const slashed = name.replaceAll('\\', '/');
  const parts = slashed.split('/').filter((part) => part !== '' && part !== '.');
  const isUnsafe = slashed.startsWith('/') || /^[A-Za-z]:/.test(slashed) || parts.includes('..');
  if (isUnsafe) refuse('leads out of it');
  const path = parts.join('/');
  if (/\p{Cc}/u.test(path) && !isLitter(path)) refuse('has a control character in its name');
  return path;
}

/** Characters of a name that messages quote: enough to find it. */
const quotedCharacters = 100;

/** An entry's name for a message: cut off if it is long, and without characters that control a terminal. */
export function quotedName(name: string): string {
  const shown = name.length > quotedCharacters ? `${name.slice(0, quotedCharacters)}…` : name;
  return JSON.stringify(shown).replace(
    /[\p{Cc}\p{Bidi_Control}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Counts an archive's files and bytes, and checks them against the limits. */
export class TreeMeter {
  readonly #archive: string;
  readonly #limits: TreeLimits;
  readonly #paths = new Set<string>();
  #bytes = 0;

  constructor(archive: string, limits: TreeLimits) {
    this.#archive = archive;
    this.#limits = limits;
  }

  /** @throws CorruptFile if the path occurred before, there are too many files, or the file is too large */
  addFile(path: string, sizeBytes: number): void {
    const {maxFiles, maxFileBytes} = this.#limits;
    if (this.#paths.has(path)) this.#refuse(`it has two entries of the name ${quotedName(path)}`);
    this.#paths.add(path);
    if (this.#paths.size > maxFiles) this.#refuse(`it has more than ${maxFiles} files`);
    if (sizeBytes > maxFileBytes) {
      this.#refuse(`its entry ${path} has ${sizeBytes} bytes, more than ${maxFileBytes}`);
    }
  }

  /** @throws CorruptFile if an archive of this size cannot contain that many bytes */
  addBytes(count: number): void {
    this.#bytes += count;
    const {maxTotalBytes} = this.#limits;
    if (this.#bytes > maxTotalBytes) {
      this.#refuse(`it unpacks to more than ${maxTotalBytes} bytes, too much for its size`);
    }
  }

  #refuse(reason: string): never {
    throw new CorruptFile(this.#archive, `refused: ${reason}`);
  }
}
