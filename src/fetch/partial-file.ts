import {readFile, rm, stat, writeFile} from 'node:fs/promises';
import {isErrno} from '../base/errno.ts';

/** What a server said of a file, by which it is known to be the same later. */
export interface FileIdentity {
  readonly url: string;
  /** A strong ETag or a date of the last change: what `If-Range` takes. */
  readonly validator?: string;
  readonly totalBytes?: number;
}

/** A file that is not there in full yet, and a note beside it of what it is a part of. */
export class PartialFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** How many bytes are there. */
  async size(): Promise<number> {
    try {
      return (await stat(this.path)).size;
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return 0;
      throw error;
    }
  }

  /** What it is a part of, or `undefined` where that is not known. */
  async identity(): Promise<FileIdentity | undefined> {
    try {
      const noted = JSON.parse(await readFile(this.#notePath(), 'utf8')) as FileIdentity;
      return typeof noted.url === 'string' ? noted : undefined;
    } catch (error) {
      // A crash may have cut it short.
      if (isErrno(error, 'ENOENT') || error instanceof SyntaxError) return undefined;
      throw error;
    }
  }

  async note(identity: FileIdentity): Promise<void> {
    await writeFile(this.#notePath(), JSON.stringify(identity));
  }

  /** Removes what is there. */
  async forget(): Promise<void> {
    await rm(this.path, {force: true});
    await rm(this.#notePath(), {force: true});
  }

  #notePath(): string {
    return `${this.path}.json`;
  }
}
