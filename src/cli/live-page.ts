import type {ServerResponse} from 'node:http';
import path from 'node:path';
import {RunPage} from '../report/page/run-page.ts';
import {journalPath} from '../report/run-account.ts';
import {JournalTail} from '../schedule/journal-tail.ts';
import {runFolder, type Store} from '../store/layout.ts';
import {ChangeWatch} from './change-watch.ts';

/** A page is sent what changed no more often than this. */
const restMs = 300;

/** What it takes to put a page together may take no more than this part of the time. */
const workShare = 0.1;

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

  constructor(store: Store, run: string) {
    this.#store = store;
    this.#run = run;
    this.title = run;
    this.#page = new RunPage(store, run);
    this.#tail = new JournalTail(journalPath(store, run));
  }

  /** Sends a viewer what there is, and what comes. Nothing is read before there is one. */
  send(response: ServerResponse): void {
    response.on('close', () => this.#viewers.delete(response));
    response.flushHeaders();
    this.#following ??= this.#follow();
    if (this.#sent.size > 0) write(response, 'parts', this.#sent);
    this.#viewers.add(response);
    if (this.#stop.signal.aborted) finish(response);
  }

  /** Sends everybody the last of it. */
  async end(): Promise<void> {
    this.#stop.abort();
    await this.#following;
    for (const viewer of this.#viewers) finish(viewer);
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
      if (isLast) break;
      await changes.wait(signal);
      await rest(Math.max(restMs, (performance.now() - beganMs) / workShare), signal);
    }
    this.#stop.abort();
    for (const viewer of this.#viewers) finish(viewer);
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
    for (const viewer of this.#viewers) write(viewer, 'parts', changed);
  }
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
