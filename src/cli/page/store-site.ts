import type {Offers} from '../../contract/offers.ts';
import {listRuns} from '../../journal/find-run.ts';
import type {Store} from '../../store/layout.ts';
import {LivePage} from './live-page.ts';
import {runsSource, sourceOf, type LiveSource} from './live-source.ts';
import type {Place, Site} from './site.ts';

/**
 * All runs of a store at the empty place, a run at `runs/NAME/`, and runs beside each other at `compare/NAME,NAME/`. A
 * page is in memory while somebody looks at it.
 */
export class StoreSite implements Site {
  readonly #store: Store;
  readonly #drawings: Offers['drawings'];
  readonly #pages = new Map<string, LivePage>();
  #fault: unknown;

  constructor(store: Store, drawings: Offers['drawings']) {
    this.#store = store;
    this.#drawings = drawings;
  }

  find(place: string): Place | undefined {
    if (place === '') return this.#place(place, runsSource(this.#store, this.#drawings));
    const [, kind, list] = /^(runs|compare)\/([^/]+)\/$/.exec(place) ?? [];
    const runs = list === undefined ? undefined : this.#runsIn(list);
    if (runs === undefined || (kind === 'runs') !== (runs.length === 1)) return undefined;
    return {...this.#place(place, sourceOf(this.#store, runs, this.#drawings)), up: '../../'};
  }

  async end(): Promise<void> {
    await Promise.all(Array.from(this.#pages.values(), (page) => this.#end(page)));
    if (this.#fault !== undefined) throw this.#fault;
  }

  /** The runs of a list; `undefined`: one of them does not exist. */
  #runsIn(list: string): readonly string[] | undefined {
    const known = new Set(listRuns(this.#store));
    const runs = list.split(',').map(decoded);
    return runs.every((run) => run !== undefined && known.has(run))
      ? [...new Set(runs as string[])]
      : undefined;
  }

  #place(place: string, source: LiveSource): Place {
    const {title} = source;
    return {title, page: () => this.#pages.get(place) ?? this.#open(place, source)};
  }

  #open(place: string, source: LiveSource): LivePage {
    const page = new LivePage(source, {closesAtEnd: true});
    this.#pages.set(place, page);
    void this.#forget(place, page);
    return page;
  }

  /** Forgets a page that nobody looks at. */
  async #forget(place: string, page: LivePage): Promise<void> {
    await page.left();
    this.#pages.delete(place);
    await this.#end(page);
  }

  async #end(page: LivePage): Promise<void> {
    try {
      await page.end();
    } catch (error) {
      this.#fault ??= error;
    }
  }
}

/** The name that a part of an address stands for; `undefined`: none. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
