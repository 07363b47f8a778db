import {readFile, rm, stat, writeFile} from 'node:fs/promises';
import {isErrno} from '../base/errno.ts';

/** A server's description of a file, which shows later whether it is still the same. */
export interface FileIdentity {
  readonly url: string;
  /** A strong ETag or a date of the last change, for `If-Range`. */
  readonly validator?: string;
  readonly totalBytes?: number;
}

/** A file that is incomplete, and a note beside it that identifies the whole. */
export class PartialFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Number of bytes present. */
  async size(): Promise<number> {
    try {
      return (await stat(this.path)).size;
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return 0;
      throw error;
    }
  }

  /** The identity of the whole file, or `undefined` if it is not known. */
  async identity(): Promise<FileIdentity | undefined> {
    try {
      const noted = JSON.parse(await readFile(this.#notePath(), 'utf8')) as FileIdentity;
      return typeof noted.url === 'string' ? noted : undefined;
    } catch (error) {
      // A crash may have cut the note short.
      if (isErrno(error, 'ENOENT') || error instanceof SyntaxError) return undefined;
      throw error;
    }
  }

  async note(identity: FileIdentity): Promise<void> {
    await writeFile(this.#notePath(), JSON.stringify(identity));
  }

  /** Removes the file and its note. */
  async forget(): Promise<void> {
    await rm(this.path, {force: true});
    await rm(this.#notePath(), {force: true});
  }

  #notePath(): string {
    return `${this.path}.json`;
  }
}
