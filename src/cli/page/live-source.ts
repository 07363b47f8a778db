import path from 'node:path';
import type {Offers} from '../../contract/offers.ts';
import {RunTail} from '../../journal/members/run-tail.ts';
import {RunPage} from '../../page/model/run-page.ts';
import {ComparisonPage} from '../../page/model/runs/comparison-page.ts';
import {RunsPage} from '../../page/model/runs/runs-page.ts';
import {runFolder, runRoot, type Store} from '../../store/layout.ts';

/** What a live page shows. */
export interface LiveSource {
  /** The title of its page until there is more to tell. */
  readonly title: string;
  /** The folders in which something changes when its contents do. */
  readonly folders: readonly string[];
  /** Whether its contents may change. */
  readonly isLive: boolean;
  /** Whether there is more to read at once. */
  readonly isBehind: boolean;
  /** Reads what is new; gives all contents, in parts that change independently. */
  parts(nowMs: number): Promise<Readonly<Record<string, unknown>>>;
}

/** A run, or several beside each other. */
export function sourceOf(
  store: Store,
  runs: readonly string[],
  drawings: Offers['drawings'],
): LiveSource {
  return runs.length === 1
    ? runSource(store, runs[0]!, drawings)
    : comparisonSource(store, runs, drawings);
}

/** A run, as its page shows it. */
export function runSource(store: Store, run: string, drawings: Offers['drawings']): LiveSource {
  const followed = new FollowedRun(store, run, drawings);
  return {
    title: run,
    folders: followed.folders,
    get isLive() {
      return followed.isLive;
    },
    isBehind: false,
    async parts(nowMs) {
      followed.read();
      return {...(await followed.page.parts(nowMs))};
    },
  };
}

/** Several runs beside each other. */
function comparisonSource(
  store: Store,
  runs: readonly string[],
  drawings: Offers['drawings'],
): LiveSource {
  const all = runs.map((run) => new FollowedRun(store, run, drawings));
  const page = new ComparisonPage(
    store,
    all.map((one) => one.page),
    drawings,
  );
  return {
    title: `${runs.length} runs`,
    folders: all.flatMap(({folders}) => folders),
    get isLive() {
      return all.some(({isLive}) => isLive);
    },
    isBehind: false,
    async parts(nowMs) {
      for (const one of all) one.read();
      return {...(await page.parts(nowMs))};
    },
  };
}

/** All runs of a store. */
export function runsSource(store: Store, drawings: Offers['drawings']): LiveSource {
  const page = new RunsPage(store, drawings);
  return {
    title: 'Runs',
    folders: [runRoot(store)],
    isLive: true,
    get isBehind() {
      return page.isBehind;
    },
    async parts(nowMs) {
      return {...(await page.parts(nowMs))};
    },
  };
}

/** A run whose journal is read as it grows. */
class FollowedRun {
  readonly page: RunPage;
  readonly folders: readonly string[];
  readonly #tail: RunTail;

  constructor(store: Store, run: string, drawings: Offers['drawings']) {
    const folder = runFolder(store, run);
    this.folders = [folder, path.join(folder, 'logs')];
    this.page = new RunPage(store, run, drawings);
    this.#tail = new RunTail(store, run);
  }

  get isLive(): boolean {
    const {started, isLive, isAwaited} = this.page.account;
    return started === undefined || isLive || isAwaited;
  }

  read(): void {
    for (const event of this.#tail.next()) this.page.add(event);
  }
}
