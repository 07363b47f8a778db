import path from 'node:path';
import {RunMetrics} from '../../../compare/run-metrics.ts';
import {summaryOf} from '../../../compare/read-runs.ts';
import type {RunSummary} from '../../../compare/run-summary.ts';
import {usualMetric} from '../../../compare/run-values.ts';
import type {Offers} from '../../../contract/offers.ts';
import {listRuns} from '../../../journal/find-run.ts';
import {RunTail} from '../../../journal/members/run-tail.ts';
import {RunAccount} from '../../../journal/run-account.ts';
import type {Store} from '../../../store/layout.ts';
import {runRow} from './run-row.ts';
import type {RunsParts} from './runs-parts.ts';

/** Number of runs that are read before the page is shown with what is known. */
const readAtOnce = 100;

interface OpenRun {
  readonly account: RunAccount;
  readonly tail: RunTail;
  /** When it was last read. */
  summary?: RunSummary;
}

/** The page of all runs of a store. It is read repeatedly: runs begin, go on and are removed. */
export class RunsPage {
  readonly #store: Store;
  readonly #metrics: RunMetrics;
  /** Runs of which everything is known. */
  readonly #over = new Map<string, RunSummary>();
  /** Runs that may go on: a run that seems to be dead may be one on a cluster. */
  readonly #open = new Map<string, OpenRun>();
  #unread = 0;

  constructor(store: Store, drawings: Offers['drawings']) {
    this.#store = store;
    this.#metrics = new RunMetrics({store, drawings});
  }

  /** Whether there are runs that were not read yet. */
  get isBehind(): boolean {
    return this.#unread > 0;
  }

  async parts(nowMs: number): Promise<RunsParts> {
    const names = listRuns(this.#store).toReversed();
    this.#forget(new Set(names));
    const isNew = (run: string): boolean => !this.#over.has(run) && !this.#open.has(run);
    const unread = names.filter(isNew);
    const later = new Set(unread.slice(readAtOnce));
    this.#unread = later.size;
    const shown = names.filter((run) => !later.has(run));
    const summaries: RunSummary[] = [];
    for (const run of shown) summaries.push(this.#over.get(run) ?? (await this.#read(run, nowMs)));
    const metric = usualMetric(summaries);
    return {
      runs: {
        store: path.basename(this.#store.root),
        names: shown,
        unread: later.size,
        ...(metric !== undefined && {metric}),
      },
      ...Object.fromEntries(
        summaries.map((summary) => [`run:${summary.run}`, runRow(summary)] as const),
      ),
    };
  }

  async #read(run: string, nowMs: number): Promise<RunSummary> {
    const open: OpenRun = this.#open.get(run) ?? {
      account: new RunAccount(this.#store, run),
      tail: new RunTail(this.#store, run),
    };
    this.#open.set(run, open);
    const {account, tail} = open;
    const events = tail.next();
    for (const event of events) account.add(event);
    const {outcome} = account;
    // A run of which nothing lives does not change without an event.
    if (events.length === 0 && outcome === 'killed' && open.summary?.outcome === outcome) {
      return open.summary;
    }
    const summary = await summaryOf(account, {metrics: this.#metrics, nowMs});
    open.summary = summary;
    if (account.finished !== undefined) {
      this.#over.set(run, summary);
      this.#open.delete(run);
    }
    return summary;
  }

  /** Forgets runs that were removed. */
  #forget(names: ReadonlySet<string>): void {
    for (const known of [this.#over, this.#open]) {
      for (const run of known.keys()) if (!names.has(run)) known.delete(run);
    }
  }
}
