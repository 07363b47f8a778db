import type {ServerResponse} from 'node:http';
import {ChangeWatch} from '../../journal/change-watch.ts';
import type {LiveSource} from './live-source.ts';

/** Minimum interval between two updates. */
const restMs = 300;

/**
 * Limit of the share of time spent rendering a large page; the pause that this requires is capped by the number below.
 */
const workShare = 0.25;
const longestRestMs = 2000;

/** Number of unsent bytes that are buffered for a viewer who does not read. */
const unreadBytes = 64_000_000;

/** How long a page without viewers stays: until one that is loaded again asks again, and until a browser has started. */
export const viewerWaits = {reloadMs: 2000, firstMs: 30_000} as const;

type ViewerWaits = Readonly<Record<keyof typeof viewerWaits, number>>;

/** A page for its viewers: each is sent the whole page, and then the changes. */
export class LivePage {
  readonly title: string;
  readonly #source: LiveSource;
  /** The parts as last sent, as JSON. */
  readonly #sent = new Map<string, string>();
  readonly #viewers = new Set<ServerResponse>();
  readonly #waits: ViewerWaits;
  readonly #closesAtEnd: boolean;
  #wasViewed = false;
  readonly #stop = new AbortController();
  #following: Promise<void> | undefined;
  #isOver = false;
  #isClosed = false;
  #fault: unknown;
  #leaving: NodeJS.Timeout | undefined;
  #tellLeft: () => void = () => undefined;

  /**
   * @param closesAtEnd whether connections are closed when nothing more will change. A browser has few of them for one
   * server, but only while they are open can be told who still looks at the page.
   */
  constructor(
    source: LiveSource,
    {waits = viewerWaits, closesAtEnd = false}: {waits?: ViewerWaits; closesAtEnd?: boolean} = {},
  ) {
    this.#waits = waits;
    this.#closesAtEnd = closesAtEnd;
    this.#source = source;
    this.title = source.title;
  }

  /** Sends a viewer the page and its changes. Nothing is read before there is a viewer. */
  send(response: ServerResponse): void {
    this.#wasViewed = true;
    response.on('close', () => this.#lose(response));
    response.flushHeaders();
    this.#following ??= this.#followToEnd();
    if (this.#sent.size > 0) write(response, 'parts', this.#sent);
    if (this.#isOver) tellEnd(response);
    if (this.#isClosed) response.end();
    else this.#viewers.add(response);
  }

  /** Sends all viewers the final state, and closes. Rejects if it could not be read. */
  async end(): Promise<void> {
    this.#stop.abort();
    await this.#following;
    this.#close();
    if (this.#fault !== undefined) throw this.#fault;
  }

  #close(): void {
    this.#isClosed = true;
    for (const viewer of this.#viewers) viewer.end();
  }

  /** Whether somebody has looked at the page. */
  get wasViewed(): boolean {
    return this.#wasViewed;
  }

  /** Resolves when the last viewer has left, which may be now, or if no first one comes. */
  async left(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#tellLeft = resolve;
      this.#leaveIn(this.#wasViewed ? this.#waits.reloadMs : this.#waits.firstMs);
    });
  }

  /** A viewer that reloads the page is back in a moment. */
  #lose(response: ServerResponse): void {
    this.#viewers.delete(response);
    this.#leaveIn(this.#waits.reloadMs);
  }

  #leaveIn(ms: number): void {
    clearTimeout(this.#leaving);
    this.#leaving = setTimeout(() => {
      if (this.#viewers.size === 0) this.#tellLeft();
    }, ms).unref();
  }

  /** Follows the source; errors are kept until the end, so that they do not disturb a run. */
  async #followToEnd(): Promise<void> {
    try {
      await this.#follow();
    } catch (error) {
      this.#fault = error;
    } finally {
      this.#isOver = true;
      for (const viewer of this.#viewers) tellEnd(viewer);
      if (this.#closesAtEnd) this.#close();
    }
  }

  /** Sends changes until there will be no more, or this is aborted. */
  async #follow(): Promise<void> {
    const {signal} = this.#stop;
    using changes = new ChangeWatch(this.#source.folders);
    for (;;) {
      // Asked before the source is read, so that everything that was written before the end is seen.
      const isLast = signal.aborted || !this.#source.isLive;
      const beganMs = performance.now();
      await this.#update();
      const workMs = performance.now() - beganMs;
      if (isLast) break;
      if (!this.#source.isBehind) await changes.wait(signal);
      await rest(restAfter(workMs), signal);
    }
  }

  async #update(): Promise<void> {
    const parts = await this.#source.parts(Date.now());
    for (const name of this.#sent.keys()) if (!(name in parts)) this.#sent.delete(name);
    const changed = new Map<string, string>();
    for (const [name, part] of Object.entries(parts)) {
      const text = JSON.stringify(part);
      if (this.#sent.get(name) === text) continue;
      this.#sent.set(name, text);
      changed.set(name, text);
    }
    if (changed.size === 0) return;
    for (const viewer of this.#viewers) {
      // A viewer who does not read is disconnected: a browser that reconnects is sent the whole page.
      if (viewer.writableLength > unreadBytes) viewer.destroy();
      else write(viewer, 'parts', changed);
    }
  }
}

function restAfter(workMs: number): number {
  return Math.min(longestRestMs, Math.max(restMs, workMs / workShare));
}

function write(response: ServerResponse, event: string, parts: ReadonlyMap<string, string>): void {
  const fields = [...parts].map(([name, text]) => `${JSON.stringify(name)}:${text}`);
  // JSON contains no line feeds, which would end the message.
  response.write(`event: ${event}\ndata: {${fields.join(',')}}\n\n`);
}

/** Tells a viewer that there will be no more changes. The connection stays open, so that its end shows that the viewer has left. */
function tellEnd(response: ServerResponse): void {
  response.write('event: end\ndata: {}\n\n');
}

async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
  });
}
