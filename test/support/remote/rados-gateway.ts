import {AwsClient} from 'aws4fetch';
import {spawn, spawnSync, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {mkdir, writeFile} from 'node:fs/promises';
import {createServer, connect, type AddressInfo} from 'node:net';
import {setTimeout} from 'node:timers/promises';
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
  readonly #child: ChildProcess;

  private constructor(folder: TemporaryFolder, child: ChildProcess, port: number) {
    this.#folder = folder;
    this.#child = child;
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
    const user = ['user', 'create', '--uid=test', '--display-name=test'];
    const keys = ['--access-key=AKIATEST', '--secret-key=secret'];
    const made = spawnSync('radosgw-admin', [...shared, ...user, ...keys], {encoding: 'utf8'});
    if (made.status !== 0) throw new Error(made.stderr);
    const child = spawn(program, [...shared, '-n', 'client.rgw', '-f'], {stdio: 'ignore'});
    await accepts(port);
    return new RadosGateway(folder, child, port);
  }

  async makeBucket(name: string): Promise<void> {
    const client = new AwsClient({...this.credentials, service: 's3', region: 'default'});
    const made = await client.fetch(new URL(name, this.endpoint), {method: 'PUT'});
    if (made.status !== 200) throw new Error(await made.text());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
    await this.#folder[Symbol.asyncDispose]();
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const {port} = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Waits until a port accepts connections. */
async function accepts(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const isOpen = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (isOpen) return;
    await setTimeout(50);
  }
}
