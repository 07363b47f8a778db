import {once} from 'node:events';
import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';

/** Answers a request instead of the server; `false`: the server answers. */
export type Trick = (request: IncomingMessage, answer: ServerResponse) => boolean;

/** A server of objects by GET, HEAD and PUT that keeps them in memory, and can be made to misbehave. */
export class ObjectServer implements AsyncDisposable {
  readonly objects = new Map<string, Buffer>();
  /** Methods and paths, in the order of their arrival. */
  readonly requests: string[] = [];
  trick: Trick = () => false;
  /** The number of connections so far. */
  connections = 0;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, answer) => void this.#serve(request, answer));
    this.#server.on('connection', () => this.connections++);
  }

  static async start(): Promise<ObjectServer> {
    const server = new ObjectServer();
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get url(): URL {
    return new URL(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/cache`);
  }

  /** The requests of one method. */
  count(method: string): number {
    return this.requests.filter((request) => request.startsWith(`${method} `)).length;
  }

  async #serve(request: IncomingMessage, answer: ServerResponse): Promise<void> {
    const {method = '', url = ''} = request;
    this.requests.push(`${method} ${url}`);
    if (this.trick(request, answer)) return;
    const name = url.replace('/cache/', '');
    if (method === 'PUT') {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const isTaken = request.headers['if-none-match'] === '*' && this.objects.has(name);
      if (!isTaken) this.objects.set(name, Buffer.concat(chunks));
      answer.writeHead(isTaken ? 412 : 201).end();
      return;
    }
    const bytes = this.objects.get(name);
    if (bytes === undefined) answer.writeHead(404).end();
    else answer.writeHead(200, {'content-length': bytes.length}).end(method === 'GET' ? bytes : '');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
