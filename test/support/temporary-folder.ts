import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';

/** A folder that is gone when the test is over. */
export class TemporaryFolder implements AsyncDisposable {
  readonly path: string;

  private constructor(folder: string) {
    this.path = folder;
  }

  static async create(): Promise<TemporaryFolder> {
    return new TemporaryFolder(await mkdtemp(path.join(tmpdir(), 'folder-')));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, {recursive: true, force: true});
  }
}
