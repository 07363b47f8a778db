import {spawnSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {mkdir, writeFile} from 'node:fs/promises';
import {userInfo} from 'node:os';
import {accepts, freePort} from '../rigs/ports.ts';
import {TemporaryFolder} from '../rigs/temporary-folder.ts';
import {Daemon} from '../rigs/daemon.ts';

/** Debian's server: it starts by its absolute path only. */
const program = '/usr/sbin/sshd';

/**
 * Whether to skip a test that needs a server of SSH, in the form of `node:test`: a sentence, or `false`. In continuous
 * integration it must be there, so that a check that did not happen never looks like one that passed.
 */
export const skipWithoutSshd: string | false =
  process.env['CI'] === 'true' || existsSync(program)
    ? false
    : `there is no ${program}: apt-get install openssh-server`;

/** A server of SSH on this machine, with a host key and a user's key of its own. */
export class SshdRig implements AsyncDisposable {
  /** The hosts of the server: names for this machine. */
  readonly hosts = ['alpha', 'beta'] as const;
  /** Options of `ssh` with which it finds the hosts, and nothing of the user's configuration. */
  readonly options: readonly string[];
  readonly #folder: TemporaryFolder;
  readonly #daemon: Daemon;

  private constructor(folder: TemporaryFolder, daemon: Daemon) {
    this.#folder = folder;
    this.#daemon = daemon;
    this.options = ['-F', folder.file('ssh_config')];
  }

  static async start(): Promise<SshdRig> {
    const folder = await TemporaryFolder.create();
    const port = await freePort();
    for (const key of ['host', 'user']) {
      const words = ['-q', '-t', 'ed25519', '-N', '', '-C', key, '-f', folder.file(key)];
      const made = spawnSync('ssh-keygen', words, {encoding: 'utf8'});
      if (made.status !== 0) throw new Error(made.stderr);
    }
    const server = folder.file('sshd_config');
    await writeFile(server, lines(serverSettings(folder, port)));
    await writeFile(folder.file('ssh_config'), lines(clientSettings(folder, port)));
    // The server does not start without it, and Debian makes it when the machine starts.
    if (process.getuid?.() === 0) await mkdir('/run/sshd', {recursive: true});
    const daemon = await Daemon.start(folder.file('log'), [program, '-D', '-e', '-f', server]);
    await accepts(port, () => daemon.check());
    return new SshdRig(folder, daemon);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemon[Symbol.asyncDispose]();
    await this.#folder[Symbol.asyncDispose]();
  }
}

function serverSettings(folder: TemporaryFolder, port: number): readonly string[] {
  return [
    'ListenAddress 127.0.0.1',
    `Port ${port}`,
    `HostKey ${folder.file('host')}`,
    `AuthorizedKeysFile ${folder.file('user.pub')}`,
    `PidFile ${folder.file('pid')}`,
    'PermitRootLogin prohibit-password',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    // A folder of a test is below one in which everybody may write.
    'StrictModes no',
    'UsePAM no',
  ];
}

function clientSettings(folder: TemporaryFolder, port: number): readonly string[] {
  return [
    'Host alpha beta',
    'HostName 127.0.0.1',
    `Port ${port}`,
    `User ${userInfo().username}`,
    `IdentityFile ${folder.file('user')}`,
    'IdentitiesOnly yes',
    'StrictHostKeyChecking accept-new',
    `UserKnownHostsFile ${folder.file('known_hosts')}`,
  ];
}

function lines(texts: readonly string[]): string {
  return `${texts.join('\n')}\n`;
}
