import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {once} from 'node:events';
import {pageHtml, policy, type PageCode} from '../report/page/page-html.ts';
import type {LivePage} from './live-page.ts';

/** Only this machine reaches it. */
const loopback = '127.0.0.1';

/** Serves the page of one run while it goes on. It reads, and nothing that it is sent changes anything. */
export class PageServer {
  readonly url: string;
  readonly #server: Server;
  readonly #page: LivePage;

  private constructor(server: Server, page: LivePage) {
    this.#server = server;
    this.#page = page;
    const {port} = server.address() as AddressInfo;
    this.url = `http://${loopback}:${port}/`;
  }

  /** @param port 0: any that is free. Rejects with the system's error if it is taken. */
  static async start(page: LivePage, code: PageCode, port: number): Promise<PageServer> {
    const server = createServer((request, response) => answer(request, response, {page, code}));
    server.listen(port, loopback);
    await once(server, 'listening');
    // Whoever looks at the page does not keep the program alive.
    server.unref();
    return new PageServer(server, page);
  }

  /** Sends what there is to say last, and lets go of everyone. */
  async close(): Promise<void> {
    try {
      await this.#page.end();
    } finally {
      this.#server.close();
    }
  }
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  {page, code}: {page: LivePage; code: PageCode},
): void {
  for (const [name, value] of Object.entries(safety)) response.setHeader(name, value);
  const refuse = (status: number, text: string): void =>
    void response.writeHead(status, {'content-type': 'text/plain'}).end(`${text}\n`);
  // A page of the web may get a name of its own to mean this address: then it is that name which is asked for.
  if (!isOwnName(request)) refuse(403, 'This address answers to localhost only.');
  else if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    refuse(405, 'This is for reading only.');
  } else if (request.url === '/') {
    const html = pageHtml({kind: 'live'}, page.title, code);
    response.setHeader(
      'content-security-policy',
      `${policy('live', code)}; frame-ancestors 'none'`,
    );
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(request.method === 'HEAD' ? undefined : html);
  } else if (request.url === '/events') {
    response.setHeader('content-type', 'text/event-stream');
    if (request.method === 'HEAD') response.end();
    else page.send(response);
  } else refuse(404, 'There is nothing here.');
}

const safety = {
  'cache-control': 'no-store',
  // Nothing that is kept open is to keep the program from ending.
  connection: 'close',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
} as const;

function isOwnName({headers, socket}: IncomingMessage): boolean {
  const names = [loopback, 'localhost'].map((name) => `${name}:${socket.localPort}`);
  return names.includes(headers.host ?? '');
}
