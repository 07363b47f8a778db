import {compareRuns, type ComparedRun} from '../../../compare/compare-runs.ts';
import {letterOf} from '../../../compare/letter-of.ts';
import {comparedRun} from '../../../compare/read-runs.ts';
import {RunMetrics} from '../../../compare/run-metrics.ts';
import type {Offers} from '../../../contract/offers.ts';
import type {Store} from '../../../store/layout.ts';
import type {RunResults} from '../parts.ts';
import type {RunPage} from '../run-page.ts';
import {comparedTables} from './compared-tables.ts';
import {comparisonPart} from './comparison-part.ts';
import {joinedCharts} from './joined-charts.ts';
import {joinedGalleries} from './joined-galleries.ts';
import {joinedScores} from './joined-scores.ts';
import type {ComparisonParts} from './runs-parts.ts';

/** What the page needs of a run. */
interface Read {
  readonly run: ComparedRun;
  readonly results: RunResults;
}

/** The page of several runs beside each other, made from the pages of each. */
export class ComparisonPage {
  readonly #pages: readonly RunPage[];
  readonly #metrics: RunMetrics;
  /** What runs that are over have. */
  readonly #over = new Map<RunPage, Read>();

  /** @param pages their events are added by the caller */
  constructor(store: Store, pages: readonly RunPage[], drawings: Offers['drawings']) {
    this.#pages = pages;
    this.#metrics = new RunMetrics({store, drawings});
  }

  async parts(nowMs: number): Promise<ComparisonParts> {
    const all: Read[] = [];
    for (const page of this.#pages) all.push(await this.#read(page, nowMs));
    const runs = all.map(({run}) => run);
    const results = all.map((read) => read.results);
    const fingerprints = new Map(this.#pages.flatMap((page) => page.fingerprints()));
    const comparison = compareRuns(runs, ({key}) => fingerprints.get(key));
    return {
      comparison: comparisonPart(comparison),
      tables: comparedTables(results.map(({texts}) => texts)),
      scores: joinedScores(results.map(({scores}) => scores)),
      galleries: joinedGalleries(results.map(({galleries}) => galleries)),
      charts: joinedCharts(results.map(({charts}) => charts)),
      notes: results.flatMap(({notes}, run) => notes.map((note) => `${letterOf(run)}: ${note}`)),
    };
  }

  async #read(page: RunPage, nowMs: number): Promise<Read> {
    const known = this.#over.get(page);
    if (known !== undefined) return known;
    const run = await comparedRun(page.account, {metrics: this.#metrics, nowMs});
    const read = {run, results: await page.results(nowMs)};
    if (page.account.finished !== undefined) this.#over.set(page, read);
    return read;
  }
}
