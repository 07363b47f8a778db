import type {RunEvent} from '../../journal/event.ts';
import {RunAccount} from '../../journal/run-account.ts';
import type {Store} from '../../store/layout.ts';
import type {ExitCode} from '../exit-codes.ts';
import type {World} from '../world.ts';
import {noticeOf, notify} from './notify.ts';

/** Notifies of the end of a run, if it has begun. */
export interface Notices {
  onEvent(event: RunEvent): void;
  send(code: ExitCode): Promise<void>;
}

/** Notices of a run to those that the user has named. */
export class RunNotices implements Notices {
  readonly #account: RunAccount;
  readonly #store: Store;
  readonly #targets: readonly string[];
  readonly #world: World;

  constructor(
    {
      run,
      store,
      targets,
    }: {readonly run: string; readonly store: Store; readonly targets: readonly string[]},
    world: World,
  ) {
    this.#account = new RunAccount(store, run);
    this.#store = store;
    this.#targets = targets;
    this.#world = world;
  }

  onEvent(event: RunEvent): void {
    this.#account.add(event);
  }

  async send(code: ExitCode): Promise<void> {
    if (this.#account.started === undefined) return;
    await notify(this.#targets, noticeOf(this.#account, this.#store, code), this.#world);
  }
}
