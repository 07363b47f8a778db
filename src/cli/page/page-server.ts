import {createHash, randomBytes, timingSafeEqual} from 'node:crypto';
import {rm, writeFile} from 'node:fs/promises';
import type {IncomingMessage, Server, ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {once} from 'node:events';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {isSystemError} from '../../base/errno.ts';
import {onDemand} from '../../base/on-demand.ts';
import {pageHtml, policy, type PageCode} from '../../page/model/page-html.ts';
import {browserCommand, openBrowser} from './open-browser.ts';
import type {Place, Site} from './site.ts';
import type {World} from '../world.ts';

/** Only this machine can connect to it. */
const loopback = '127.0.0.1';

/** Size of a secret that cannot be guessed. */
const secretBytes = 16;

/**
 * Serves the pages of a site while they change. It only reads, and no request changes anything. Other users of this
 * machine can connect too, so it answers only requests with its address, which has a secret in its path.
 */
export class PageServer {
  /** The address, which grants access to the page. */
  readonly url: string;
  readonly #server: Server;
  readonly #site: Site;
  /** A file that leads to the page. */
  #door: string | undefined;

  private constructor(server: Server, site: Site, secret: string) {
    this.#server = server;
    this.#site = site;
    const {port} = server.address() as AddressInfo;
    this.url = `http://${loopback}:${port}/${secret}/`;
  }

  /** @param port 0: any free one. Rejects with the system's error if it is taken. */
  static async start(site: Site, code: PageCode, port: number): Promise<PageServer> {
    const secret = randomBytes(secretBytes).toString('base64url');
    const {createServer} = onDemand('node:http');
    const server = createServer((request, response) =>
      answer(request, response, {site, code, secret}),
    );
    server.listen(port, loopback);
    await once(server, 'listening');
    // An open connection must not keep the program alive.
    server.unref();
    return new PageServer(server, site, secret);
  }

  /**
   * Shows the page in the user's browser, if there is a screen. All users of a machine see the arguments of programs,
   * so the browser is started with a file that only this user may read and that leads to the address.
   * @param folder the folder of that file, which is removed when the server is closed; if it cannot be written, no
   * browser is opened
   */
  async open(
    folder: string,
    world: Pick<World, 'environment' | 'platform' | 'pid'>,
  ): Promise<void> {
    if (browserCommand('', world.environment, world.platform) === undefined) return;
    const door = path.join(folder, `page-${world.pid}.html`);
    try {
      // A file that a killed process left may belong to another user.
      await rm(door, {force: true});
      await writeFile(door, doorHtml(this.url), {mode: 0o600, flag: 'wx'});
    } catch (error) {
      if (!isSystemError(error)) throw error;
      return;
    }
    this.#door = door;
    await openBrowser(pathToFileURL(door).href, world);
  }

  /** Sends the final state, and closes all connections. */
  async close(): Promise<void> {
    try {
      await this.#site.end();
    } finally {
      this.#server.close();
      if (this.#door !== undefined) await rm(this.#door, {force: true});
    }
  }
}

function doorHtml(url: string): string {
  return `<!doctype html>
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url=${url}">
<title>The page of a run</title>
<a href="${url}">The page of a run</a>
`;
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  {site, code, secret}: {site: Site; code: PageCode; secret: string},
): void {
  const [, given = '', asked] = /^\/([^/]*)(\/.*)$/.exec(request.url ?? '') ?? [];
  for (const [name, value] of Object.entries(safety)) response.setHeader(name, value);
  const refuse = (status: number, text: string): void =>
    void response.writeHead(status, {'content-type': 'text/plain'}).end(`${text}\n`);
  if (!isSame(given, secret)) refuse(404, nothing);
  // A page of the web may make a name of its own resolve to this address (DNS rebinding): the request then has that
  // name.
  else if (!isOwnName(request)) refuse(403, 'Only requests to localhost are answered.');
  else if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    refuse(405, 'Only GET and HEAD are allowed.');
  } else {
    const [, place, events] = /^\/((?:.*\/)?)(events)?$/.exec(asked ?? '') ?? [];
    const found = place === undefined ? undefined : site.find(place);
    if (found === undefined) refuse(404, nothing);
    else if (events === undefined)
      sendHtml(response, found, {code, isHead: request.method === 'HEAD'});
    else {
      response.setHeader('content-type', 'text/event-stream');
      if (request.method === 'HEAD') response.end();
      else found.page().send(response);
    }
  }
}

function sendHtml(
  response: ServerResponse,
  {title, up}: Place,
  {code, isHead}: {code: PageCode; isHead: boolean},
): void {
  response.setHeader('content-security-policy', `${policy('live', code)}; frame-ancestors 'none'`);
  response.setHeader('content-type', 'text/html; charset=utf-8');
  response.end(isHead ? undefined : pageHtml({kind: 'live', up}, title, code));
}

const nothing = 'Not found.';

/** Compares in constant time. */
function isSame(given: string, secret: string): boolean {
  const [a, b] = [given, secret].map((text) => createHash('sha256').update(text).digest());
  return timingSafeEqual(a!, b!);
}

const safety = {
  'cache-control': 'no-store',
  // No kept-alive connection may keep the program from ending.
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
