import {once} from 'node:events';
import {createConnection, createServer, type Server, type Socket} from 'node:net';
import path from 'node:path';

/** The action of a stage after the test lets it pass. */
export type Command = 'go' | 'fail' | 'crash' | 'lose-device' | 'fill-device' | 'puzzle-device';

/**
 * The text of a pipeline whose first stage waits at a gate after two steps.
 * @param steps number of steps of that stage
 */
export function gatedPipeline(gate: string, steps: number): string {
  return `
stages:
  long: {uses: churn, with: {text: seed, steps: ${steps}, stopAt: 2, gate: "${gate}"}}
  size: {uses: measure, inputs: {of: long.out}}
`;
}

/** Makes scripted stages wait until the test lets them pass. */
export class Gate implements AsyncDisposable {
  readonly path: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #arrived: Arrival[] = [];
  readonly #expected: ((arrival: Arrival) => void)[] = [];
  /** Answers stages that nobody expects, if it is there. */
  #rest: Command | undefined;

  private constructor(file: string) {
    this.path = file;
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      socket.setEncoding('utf8');
      socket.on('error', () => undefined); // The stage was killed.
      socket.once('data', (text) => {
        const {name, pid} = JSON.parse(String(text)) as {name: string; pid: number};
        const gone = once(socket, 'close').then(() => undefined);
        this.#arrive({
          name,
          pid,
          gone,
          let: (command) => void (socket.writableEnded || socket.end(command)),
        });
      });
    });
  }

  static async open(folder: string): Promise<Gate> {
    const gate = new Gate(path.join(folder, 'gate.sock'));
    gate.#server.listen(gate.path);
    await once(gate.#server, 'listening');
    return gate;
  }

  /** The next stage that arrives at the gate. */
  arrival(): Promise<Arrival> {
    const arrived = this.#arrived.shift();
    if (arrived !== undefined) return Promise.resolve(arrived);
    return new Promise((resolve) => this.#expected.push(resolve));
  }

  /** Lets all stages pass that arrive from now on without being expected, so that one too many does not wait for ever. */
  letRest(command: Command): void {
    this.#rest = command;
    for (const arrival of this.#arrived.splice(0)) arrival.let(command);
  }

  #arrive(arrival: Arrival): void {
    const expected = this.#expected.shift();
    if (expected !== undefined) expected(arrival);
    else if (this.#rest !== undefined) arrival.let(this.#rest);
    else this.#arrived.push(arrival);
  }

  /** Closes the gate. A stage that is still waiting fails. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

/** A stage that waits at the gate. */
export interface Arrival {
  readonly name: string;
  readonly pid: number;
  /** Resolves when it has passed, or its process has ended. */
  readonly gone: Promise<void>;
  readonly let: (command: Command) => void;
}

/** Called by a scripted stage: waits at the gate, unless its path is empty. Rejects if the gate closes meanwhile. */
export async function passGate(file: string, name: string, pid: number): Promise<Command> {
  if (file === '') return 'go';
  const socket: Socket = createConnection(file);
  socket.setEncoding('utf8');
  socket.write(JSON.stringify({name, pid}));
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  if (answer === '') throw new Error('The gate was closed.');
  return answer as Command;
}
