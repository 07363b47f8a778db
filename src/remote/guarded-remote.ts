import {setTimeout} from 'node:timers/promises';
import type {Readable} from 'node:stream';
import {
  RemoteError,
  type PutOptions,
  type Remote,
  type RemoteBody,
  type RemoteName,
} from './remote.ts';

/** Tries of one request, and failures in a row after which a remote cache is left alone. */
const tries = 3;
/** The pause before a second try, in milliseconds; before a third it is twice as long. Up to half is added at random. */
const pauseMs = 200;
/** A try that fails later than this, in milliseconds, is the last one, so that few waits of many seconds add up. */
const slowMs = 2000;

/**
 * A remote cache that is given up for good when it fails: after three failed tries in a row, one that failed slowly, one
 * silence, or one refusal. From then on nothing is there, and nothing is put. So an outage costs seconds, and is told once.
 */
export class GuardedRemote {
  readonly title: string;
  readonly #remote: Remote;
  readonly #onOff: (why: string) => void;
  readonly #random: () => number;
  #failures = 0;
  #isOff = false;

  /**
   * @param onOff called once, with a sentence, when the remote is given up
   * @param random numbers from 0 to 1, which spread the tries of several machines
   */
  constructor(remote: Remote, onOff: (why: string) => void, random: () => number) {
    this.#remote = remote;
    this.title = remote.title;
    this.#onOff = onOff;
    this.#random = random;
  }

  get isOff(): boolean {
    return this.#isOff;
  }

  /** Asks it for nothing more. What is under way has to be ended by others, and counts as no failure. */
  leave(): void {
    this.#isOff = true;
  }

  async has(name: RemoteName): Promise<boolean> {
    return (await this.#ask(() => this.#remote.has(name))) ?? false;
  }

  /**
   * What `use` makes of the bytes under a name. `undefined`: there are none.
   * @param use called again, with the bytes from their beginning, if they broke off
   */
  async read<T>(name: RemoteName, use: (bytes: Readable) => Promise<T>): Promise<T | undefined> {
    return await this.#ask(async () => {
      const bytes = await this.#remote.get(name);
      return bytes && (await use(bytes));
    });
  }

  /** Rejects with a `RemoteError` if the bytes were not stored. */
  async put(name: RemoteName, body: RemoteBody, options: PutOptions = {}): Promise<void> {
    const done = await this.#ask(async () => {
      await this.#remote.put(name, body, options);
      return true;
    });
    if (done !== true) throw new RemoteError('final', 'did not take it');
  }

  async #ask<T>(request: () => Promise<T>): Promise<T | undefined> {
    for (let attempt = 0; attempt < tries && !this.#isOff; attempt++) {
      const startMs = performance.now();
      try {
        const answer = await request();
        this.#failures = 0;
        return answer;
      } catch (error) {
        if (!(error instanceof RemoteError)) throw error;
        const isLast = attempt === tries - 1 || performance.now() - startMs > slowMs;
        this.#fail(error, isLast);
      }
      if (!this.#isOff) await setTimeout(pauseMs * 2 ** attempt * (1 + this.#random() / 2));
    }
    return undefined;
  }

  #fail(error: RemoteError, isLast: boolean): void {
    this.#failures++;
    if (this.#isOff) return;
    if (error.kind === 'passing' && !isLast && this.#failures < tries) return;
    this.#isOff = true;
    this.#onOff(`${this.title} ${error.message}.`);
  }
}
