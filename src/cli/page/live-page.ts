import type {ServerResponse} from 'node:http';
import path from 'node:path';
import type {Offers} from '../../contract/offers.ts';
import {RunPage} from '../../page/model/run-page.ts';
import {journalPath} from '../../journal/run-account.ts';
import {JournalTail} from '../../journal/journal-tail.ts';
import {runFolder, type Store} from '../../store/layout.ts';
import {ChangeWatch} from '../../journal/change-watch.ts';

/** A page is sent what changed no more often than this. */
const restMs = 300;

/** While a page is large, putting it together is given no more than this part of the time, but for a longest rest. */
const workShare = 0.25;
const longestRestMs = 2000;

/** So much is kept for a viewer who does not read. */
const unreadBytes = 64_000_000;

/** A run as those who look at it see it: each is sent all there is, and from then on what changes. */
export class LivePage {
  readonly title: string;
  readonly #store: Store;
  readonly #run: string;
  readonly #page: RunPage;
  readonly #tail: JournalTail;
  /** The parts as they were last sent, as JSON. */
  readonly #sent = new Map<string, string>();
  readonly #viewers = new Set<ServerResponse>();
  readonly #stop = new AbortController();
  #following: Promise<void> | undefined;
  #isOver = false;
  #fault: unknown;

  constructor(store: Store, run: string, drawings: Offers['drawings']) {
    this.#store = store;
    this.#run = run;
    this.title = run;
    this.#page = new RunPage(store, run, drawings);
    this.#tail = new JournalTail(journalPath(store, run));
  }

  /** Sends a viewer what there is, and what comes. Nothing is read before there is one. */
  send(response: ServerResponse): void {
    response.on('close', () => this.#viewers.delete(response));
    response.flushHeaders();
    this.#following ??= this.#followToEnd();
    if (this.#sent.size > 0) write(response, 'parts', this.#sent);
    if (this.#isOver) finish(response);
    else this.#viewers.add(response);
  }

  /** Sends everybody the last of it. Rejects if it could not be read. */
  async end(): Promise<void> {
    this.#stop.abort();
    await this.#following;
    if (this.#fault !== undefined) throw this.#fault;
  }

  /** What goes wrong is kept until the end: a run takes no harm from being looked at. */
  async #followToEnd(): Promise<void> {
    try {
      await this.#follow();
    } catch (error) {
      this.#fault = error;
    } finally {
      this.#isOver = true;
      for (const viewer of this.#viewers) finish(viewer);
      this.#viewers.clear();
    }
  }

  /** Until the run is over, or nobody is to be told any more. */
  async #follow(): Promise<void> {
    const {signal} = this.#stop;
    const folder = runFolder(this.#store, this.#run);
    using changes = new ChangeWatch([folder, path.join(folder, 'logs')]);
    for (;;) {
      // Asked before the journal is read: whatever the run wrote before it ended is then seen.
      const isLast = signal.aborted || !this.#isLive();
      const beganMs = performance.now();
      await this.#update();
      const workMs = performance.now() - beganMs;
      if (isLast) break;
      await changes.wait(signal);
      await rest(restAfter(workMs), signal);
    }
  }

  #isLive(): boolean {
    const {started, isLive} = this.#page.account;
    return started === undefined || isLive;
  }

  async #update(): Promise<void> {
    for (const event of this.#tail.next()) this.#page.add(event);
    const parts = Object.entries(await this.#page.parts(Date.now()));
    const changed = new Map<string, string>();
    for (const [name, part] of parts) {
      const text = JSON.stringify(part);
      if (this.#sent.get(name) === text) continue;
      this.#sent.set(name, text);
      changed.set(name, text);
    }
    if (changed.size === 0) return;
    for (const viewer of this.#viewers) {
      // Whoever does not read is let go: a browser that comes back is sent everything.
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
  // JSON has no line feeds of its own, which would end the message.
  response.write(`event: ${event}\ndata: {${fields.join(',')}}\n\n`);
}

/** There will be no more. */
function finish(response: ServerResponse): void {
  response.end('event: end\ndata: {}\n\n');
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
