import {randomInt} from 'node:crypto';
import {once} from 'node:events';
import {connect, createServer} from 'node:net';
import {setTimeout} from 'node:timers/promises';

/**
 * A port of this machine's own address on which nobody listens. It is below those that the system gives to outgoing
 * connections, one of which could take it before the test does.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 32_768);
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}

/**
 * Waits until a port accepts connections.
 * @param check throws when that will never be
 */
export async function accepts(port: number, check: () => void = () => undefined): Promise<void> {
  for (;;) {
    check();
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
