import {AwsClient} from 'aws4fetch';
import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {mkdir, writeFile} from 'node:fs/promises';
import {Daemon} from '../rigs/daemon.ts';
import {accepts, freePort} from '../rigs/ports.ts';
import {TemporaryFolder} from '../rigs/temporary-folder.ts';

const program = '/usr/bin/radosgw';

/** Why there is no gateway here; `undefined`: there is one. Debian's package `radosgw` has it. */
export function whyNoGateway(): string | undefined {
  const found = spawnSync(program, ['--version']);
  return found.status === 0 ? undefined : 'Debian’s package radosgw is not installed.';
}

/** Ceph's gateway for S3, with a database in a file instead of a cluster. It checks signatures and digests. */
export class RadosGateway implements AsyncDisposable {
  readonly endpoint: URL;
  readonly credentials = {accessKeyId: 'AKIATEST', secretAccessKey: 'secret'};
  readonly #folder: TemporaryFolder;
  readonly #daemon: Daemon;

  private constructor(folder: TemporaryFolder, daemon: Daemon, port: number) {
    this.#folder = folder;
    this.#daemon = daemon;
    this.endpoint = new URL(`http://127.0.0.1:${port}`);
  }

  static async start(): Promise<RadosGateway> {
    const folder = await TemporaryFolder.create();
    const port = await freePort();
    const configuration = folder.file('ceph.conf');
    await mkdir(folder.file('db'));
    const lines = [
      '[global]',
      'fsid = 00000000-0000-4000-8000-000000000000',
      `log file = ${folder.file('log')}`,
      `admin socket = ${folder.file('$name.asok')}`,
      `run dir = ${folder.path}`,
      '[client]',
      'rgw backend store = dbstore',
      'rgw config store = dbstore',
      `dbstore db dir = ${folder.file('db')}`,
      `rgw data = ${folder.path}`,
      `rgw frontends = beast endpoint=127.0.0.1:${port}`,
    ];
    await writeFile(configuration, `${lines.join('\n')}\n`);
    const shared = ['-c', configuration, '--no-mon-config'];
    await makeUser(shared);
    const command = [program, ...shared, '-n', 'client.rgw', '-f'];
    const daemon = await Daemon.start(folder.file('output'), command);
    await accepts(port, () => daemon.check());
    return new RadosGateway(folder, daemon, port);
  }

  async makeBucket(name: string): Promise<void> {
    const client = new AwsClient({...this.credentials, service: 's3', region: 'default'});
    const made = await client.fetch(new URL(name, this.endpoint), {method: 'PUT'});
    if (made.status !== 200) throw new Error(await made.text());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemon[Symbol.asyncDispose]();
    await this.#folder[Symbol.asyncDispose]();
  }
}

/**
 * Makes the user of the tests. Of several such programs at once, a quarter wait at their end for a thread that nobody
 * wakes, so each is ended once it has printed the user, whom the database has by then.
 */
async function makeUser(shared: readonly string[]): Promise<void> {
  const words = ['user', 'create', '--uid=test', '--display-name=test'];
  const keys = ['--access-key=AKIATEST', '--secret-key=secret'];
  const admin = spawn('radosgw-admin', [...shared, ...words, ...keys]);
  const closed = once(admin, 'close');
  // The wait for it below rejects with the same error.
  closed.catch(() => undefined);
  let [printed, errors] = ['', ''];
  admin.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  for await (const text of admin.stdout.setEncoding('utf8')) {
    printed += String(text);
    if (printed.trimEnd().endsWith('\n}')) break;
  }
  admin.kill('SIGKILL');
  await closed;
  if (!printed.includes('"user_id": "test"')) throw new Error(errors);
}
