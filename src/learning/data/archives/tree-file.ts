import {CorruptFile} from '../../../container/file-fault.ts';

/** A file of a folder or an archive. */
export interface TreeFile {
  /** Relative, its folders separated by `/`. */
  readonly path: string;
  /** Its bytes. To be called before the next file is asked for, or not at all. */
  read(): Promise<Uint8Array>;
}

/** How much an archive may hold. */
export interface TreeLimits {
  readonly maxFiles: number;
  readonly maxFileBytes: number;
  /** Of all that is unpacked. */
  readonly maxTotalBytes: number;
}

/** What is packed into archives of its own accord by some systems, and is nobody's data. */
const litter = /(^|\/)(__MACOSX\/|\._|\.DS_Store$|Thumbs\.db$)/;

/** Whether a file is no content but a trace of the system that the archive was made on. */
export function isLitter(path: string): boolean {
  return litter.test(path);
}

/**
 * The path of an archive's entry, without `./` at its start.
 * @throws CorruptFile if it leads out of the archive
 */
export function safePath(name: string, archive: string): string {
  const path = name.replaceAll('\\', '/').replace(/^(\.\/)+/, '');
  const isUnsafe =
    path.startsWith('/') || /^[A-Za-z]:/.test(path) || path.split('/').includes('..');
  if (isUnsafe || path.includes('\0')) {
    throw new CorruptFile(archive, `refused: its entry ${JSON.stringify(name)} leads out of it`);
  }
  return path;
}

/** Counts what an archive gives. */
export class TreeMeter {
  readonly #archive: string;
  readonly #limits: TreeLimits;
  #files = 0;
  #bytes = 0;

  constructor(archive: string, limits: TreeLimits) {
    this.#archive = archive;
    this.#limits = limits;
  }

  /** @throws CorruptFile if it is one file too many, or the file is too large */
  addFile(path: string, sizeBytes: number): void {
    const {maxFiles, maxFileBytes} = this.#limits;
    if (++this.#files > maxFiles) this.#refuse(`it has more than ${maxFiles} files`);
    if (sizeBytes > maxFileBytes) {
      this.#refuse(`its entry ${path} has ${sizeBytes} bytes, more than ${maxFileBytes}`);
    }
  }

  /** @throws CorruptFile if so much cannot be in an archive of this size */
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
