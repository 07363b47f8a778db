import type {IncomingMessage} from 'node:http';
import type {Readable} from 'node:stream';
import {exchange, readWords, usualLimits, type Exchange, type ExchangeLimits} from './exchange.ts';
import {
  RemoteError,
  type PutOptions,
  type Remote,
  type RemoteBody,
  type RemoteName,
} from './remote.ts';

/** The headers of a request: those of a server that wants a password, or a signature. */
export type Authorise = (
  request: Pick<Exchange, 'method' | 'url' | 'headers' | 'body'>,
) => Promise<Readonly<Record<string, string>>>;

export interface HttpSetup {
  /** Ends all exchanges when it is aborted. Default: nothing does. */
  readonly signal?: AbortSignal;
  readonly limits?: ExchangeLimits;
  /** Default: by the user's name and password of the address. */
  readonly authorise?: Authorise;
}

/** Objects below an address, by GET, HEAD and PUT: nginx with WebDAV, bazel-remote, and, with signatures, S3. */
export class HttpRemote implements Remote {
  readonly title: string;
  readonly #base: URL;
  readonly #authorise: Authorise;
  readonly #limits: ExchangeLimits;
  readonly #signal: AbortSignal;

  /** @param base may hold a user's name and password */
  constructor(
    base: URL,
    {signal = neverAborted, limits = usualLimits, authorise = byPassword(base)}: HttpSetup = {},
  ) {
    this.#base = withoutPassword(base);
    this.title = this.#base.href.replace(/\/+$/, '');
    this.#authorise = authorise;
    this.#limits = limits;
    this.#signal = signal;
  }

  async has(name: RemoteName): Promise<boolean> {
    return await found(await this.#send('HEAD', name));
  }

  async get(name: RemoteName): Promise<Readable | undefined> {
    const answer = await this.#send('GET', name);
    return answer.statusCode === 200 || (await found(answer)) ? answer : undefined;
  }

  async put(
    name: RemoteName,
    body: RemoteBody,
    {replaces = false}: PutOptions = {},
  ): Promise<void> {
    const isOnce = name.startsWith('ac/') && !replaces;
    const once = isOnce ? {'if-none-match': '*'} : {};
    let answer = await this.#send('PUT', name, {body, headers: once});
    if (answer.statusCode === 501 && isOnce) {
      await readWords(answer);
      answer = await this.#send('PUT', name, {body});
    }
    const {statusCode = 0} = answer;
    const words = await readWords(answer);
    if (statusCode === 412 || (statusCode >= 200 && statusCode < 300)) return;
    throw refusal(answer, words);
  }

  async #send(
    method: Exchange['method'],
    name: RemoteName,
    given: {readonly body?: RemoteBody; readonly headers?: Readonly<Record<string, string>>} = {},
  ): Promise<IncomingMessage> {
    const url = new URL(`${this.title}/${name}`);
    const request = {method, url, headers: {}, ...given};
    const headers = await this.#authorise(request);
    const [limits, signal] = [this.#limits, this.#signal];
    return await exchange({...request, headers, limits, signal});
  }
}

const neverAborted = new AbortController().signal;

/** Whether an answer without an object says that there is one. */
async function found(answer: IncomingMessage): Promise<boolean> {
  const words = await readWords(answer);
  if (answer.statusCode === 404) return false;
  if (answer.statusCode === 200) return true;
  throw refusal(answer, words);
}

function refusal({statusCode = 0, headers}: IncomingMessage, words: string): RemoteError {
  // S3 says more in XML, and where a bucket is in a header.
  const code = /<Code>(\w{1,60})<\/Code>/.exec(words)?.[1];
  const region = /^[\w-]{1,40}$/.exec(String(headers['x-amz-bucket-region']))?.[0];
  const status = [`status ${statusCode}`, ...(code === undefined ? [] : [code])].join(', ');
  if (statusCode >= 300 && statusCode < 400) {
    const hint = region === undefined ? '' : `: its \`region\` is ${region}`;
    return new RemoteError('final', `wants to send us elsewhere (${status})${hint}`);
  }
  if (statusCode === 401 || statusCode === 403) {
    return new RemoteError('final', `does not let us in (${status})`);
  }
  const mayPass = statusCode >= 500 || statusCode === 408 || statusCode === 429;
  return new RemoteError(mayPass ? 'passing' : 'final', `answers with ${status}`);
}

function byPassword({username, password}: URL): Authorise {
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
  return ({headers}) => Promise.resolve(username === '' ? headers : {...headers, authorization});
}

function withoutPassword(base: URL): URL {
  const bare = new URL(base);
  bare.username = '';
  bare.password = '';
  bare.search = '';
  bare.hash = '';
  return bare;
}
