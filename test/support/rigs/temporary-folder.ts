import {existsSync} from 'node:fs';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';

/** A folder of a test's own, removed with its contents when disposed. */
export class TemporaryFolder implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async create(parent = tmpdir()): Promise<TemporaryFolder> {
    return new TemporaryFolder(await mkdtemp(path.join(parent, 'distillery-')));
  }

  /** A folder in memory if the system has that: for tests that write much and do not depend on the disk. */
  static createInMemory(): Promise<TemporaryFolder> {
    const memory = '/dev/shm';
    return TemporaryFolder.create(existsSync(memory) ? memory : tmpdir());
  }

  /** The path of a name in the folder. */
  file(name: string): string {
    return path.join(this.path, name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, {recursive: true, force: true});
  }
}
