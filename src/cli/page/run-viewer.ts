import {isSystemError, whyRefused} from '../../base/errno.ts';
import {sourceStack} from '../../base/source-stack.ts';
import {writeWrapped} from '../../report/format/wrapped.ts';
import type {Reporter} from '../../report/live/reporter.ts';
import type {RunEvent} from '../../journal/event.ts';
import {runFolder, type Store} from '../../store/layout.ts';
import {interrupted} from './interrupted.ts';
import {LivePage, viewerWaits} from './live-page.ts';
import {runSource} from './live-source.ts';
import {readPageCode} from './page-code.ts';
import {PageServer} from './page-server.ts';
import {onePage} from './site.ts';
import type {World} from '../world.ts';

interface Shown {
  readonly server: PageServer;
  readonly page: LivePage;
}

/** Shows a run in the browser from its first event on. */
export class RunViewer {
  readonly #store: Store;
  readonly #reporter: Reporter;
  readonly #world: World;
  readonly #staysAtTerminal: boolean;
  #shown: Promise<Shown | undefined> | undefined;
  #stays = false;

  /** @param isJson whether a program reads what is printed, which waits for the end of the run */
  constructor(store: Store, reporter: Reporter, world: World, {isJson}: {isJson: boolean}) {
    this.#staysAtTerminal = world.stdout.isTerminal && !isJson;
    this.#store = store;
    this.#reporter = reporter;
    this.#world = world;
  }

  onEvent(event: RunEvent): void {
    if (event.kind === 'run-started') this.#shown = this.#start(event.run);
  }

  /**
   * Sends the final state, which viewers keep, and closes the server, unless the page stays open for a user at a terminal.
   * Errors do not change the outcome of the run.
   */
  async finish({mayStay}: {readonly mayStay: boolean}): Promise<void> {
    this.#stays = mayStay && this.#staysAtTerminal && (await this.#shown) !== undefined;
    if (!this.#stays) await this.#close((text) => this.#reporter.note(text));
  }

  /** Keeps the page until Ctrl-C, or until nobody looks at it. */
  async stay(): Promise<void> {
    const shown = await this.#shown;
    if (!this.#stays || shown === undefined) return;
    const {server, page} = shown;
    const {stderr} = this.#world;
    const end = interrupted(this.#world, page.left());
    const opening = page.wasViewed ? '' : ` Open it within ${viewerWaits.firstMs / 1000} s.`;
    writeWrapped(
      stderr,
      `The page stays at ${server.url} while a browser shows it. Ctrl-C ends it.${opening}\n`,
    );
    await end;
    await this.#close((text) => writeWrapped(stderr, text));
  }

  async #close(note: (text: string) => void): Promise<void> {
    try {
      await (await this.#shown)?.server.close();
    } catch (error) {
      const text = sourceStack(error);
      note(`The page of the run was not updated to the end. ${text}\n`);
    }
  }

  /** `undefined`: the server could not be started, which does not harm the run. */
  async #start(run: string): Promise<Shown | undefined> {
    const page = new LivePage(runSource(this.#store, run, this.#world.offers.drawings));
    try {
      const server = await PageServer.start(onePage(page), readPageCode(this.#world), 0);
      this.#reporter.note(`Its page: ${server.url}\n`);
      await server.open(runFolder(this.#store, run), this.#world);
      return {server, page};
    } catch (error) {
      if (!isSystemError(error)) throw error;
      this.#reporter.note(`The page of the run cannot be shown: ${whyRefused(error)}\n`);
      return undefined;
    }
  }
}
