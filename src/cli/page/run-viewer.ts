import {isSystemError, whyRefused} from '../../base/errno.ts';
import type {Reporter} from '../../report/live/reporter.ts';
import type {RunEvent} from '../../journal/event.ts';
import {runFolder, type Store} from '../../store/layout.ts';
import {LivePage} from './live-page.ts';
import {readPageCode} from './page-code.ts';
import {PageServer} from './page-server.ts';
import type {World} from '../world.ts';

/** Shows a run in the browser from its first event on. */
export class RunViewer {
  readonly #store: Store;
  readonly #reporter: Reporter;
  readonly #world: World;
  #server: Promise<PageServer | undefined> | undefined;

  constructor(store: Store, reporter: Reporter, world: World) {
    this.#store = store;
    this.#reporter = reporter;
    this.#world = world;
  }

  onEvent(event: RunEvent): void {
    if (event.kind === 'run-started') this.#server = this.#start(event.run);
  }

  /** Sends the final state, which viewers keep, and closes the server. Errors do not change the outcome of the run. */
  async close(): Promise<void> {
    try {
      await (await this.#server)?.close();
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#reporter.note(`The page of the run was not updated to the end. ${text}\n`);
    }
  }

  /** `undefined`: the server could not be started, which does not harm the run. */
  async #start(run: string): Promise<PageServer | undefined> {
    const page = new LivePage(this.#store, run, this.#world.offers.drawings);
    try {
      const server = await PageServer.start(page, readPageCode(this.#world), 0);
      this.#reporter.note(`Its page: ${server.url}\n`);
      await server.open(runFolder(this.#store, run), this.#world);
      return server;
    } catch (error) {
      if (!isSystemError(error)) throw error;
      this.#reporter.note(`The page of the run cannot be shown: ${whyRefused(error)}\n`);
      return undefined;
    }
  }
}
