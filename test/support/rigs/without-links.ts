import {spawnSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {chmod, mkdir, readdir, writeFile} from 'node:fs/promises';
import {TemporaryFolder} from './temporary-folder.ts';

/** Debian's server of files, which `sshfs` may start without a connection. */
const server = '/usr/lib/openssh/sftp-server';

/** Whether to skip a test that needs a file system without hard links, in the form of `node:test`. */
export const skipWithoutSshfs: string | false = whyNoSshfs() ?? false;

function whyNoSshfs(): string | undefined {
  if (process.env['CI'] === 'true') return undefined;
  if (process.getuid?.() !== 0) return 'only root may mount everywhere';
  const isThere = spawnSync('which', ['sshfs']).status === 0 && existsSync(server);
  return isThere ? undefined : 'there is no sshfs: apt-get install sshfs openssh-server';
}

/** A folder on a file system that has no hard links. */
export class WithoutLinks implements AsyncDisposable {
  readonly #folder: TemporaryFolder;

  private constructor(folder: TemporaryFolder) {
    this.#folder = folder;
  }

  static async mount(): Promise<WithoutLinks> {
    const folder = await TemporaryFolder.create();
    const [source, command] = [folder.file('source'), folder.file('connect')];
    for (const made of [source, folder.file('mount')]) await mkdir(made);
    await writeFile(command, `#!/bin/sh\nexec ${server}\n`);
    await chmod(command, 0o755);
    const options = `ssh_command=${command},disable_hardlink`;
    const words = [`here:${source}`, folder.file('mount'), '-o', options];
    const mounted = spawnSync('sshfs', words, {encoding: 'utf8'});
    if (mounted.status !== 0) {
      await folder[Symbol.asyncDispose]();
      throw new Error(mounted.stderr);
    }
    return new WithoutLinks(folder);
  }

  get path(): string {
    return this.#folder.file('mount');
  }

  /** The names in the folder. */
  async names(): Promise<readonly string[]> {
    return await readdir(this.#folder.file('source'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    spawnSync('fusermount3', ['-u', '-z', this.path]);
    await this.#folder[Symbol.asyncDispose]();
  }
}
