import {meets, sortRuns, type Condition} from '../../compare/choose-runs.ts';
import {readSummaries} from '../../compare/read-runs.ts';
import {RunMetrics} from '../../compare/run-metrics.ts';
import type {RunSummary} from '../../compare/run-summary.ts';
import {metricNamed, namesIn, usualMetric} from '../../compare/run-values.ts';
import {listRuns} from '../../journal/find-run.ts';
import {shortRuns} from '../../journal/short-runs.ts';
import {runJson} from '../../report/json/runs-json.ts';
import {wrapped} from '../../report/format/wrapped.ts';
import {displayPath} from '../../report/text/run-place.ts';
import {runsLines} from '../../report/text/runs-text.ts';
import type {Store} from '../../store/layout.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import {existingStore} from '../named-run.ts';
import type {World} from '../world.ts';
import {writeJsonLine} from '../write-json.ts';
import {metricNames} from './metric-names.ts';
import {describeUnknown, unknownMetrics} from './unknown-names.ts';

export interface RunsOptions {
  readonly store: string;
  readonly metric?: readonly string[];
  readonly sort?: string;
  readonly reverse?: true;
  readonly filter?: readonly Condition[];
  readonly limit?: number;
  readonly json?: true;
}

/** Number of runs that a terminal shows unless it is told otherwise: as many as it has room for. */
const shownRuns = 20;

/** `pipeline runs`: lists runs with what was set and what came out, the newest first. */
export async function runsCommand(options: RunsOptions, world: World): Promise<ExitCode> {
  const store = existingStore(options.store, world);
  if (typeof store === 'number') return store;
  const {stdout, stderr, cwd} = world;
  const names = listRuns(store);
  if (names.length === 0) {
    const where = displayPath(store.root, cwd);
    if (options.json !== true) stdout.write(`There is no run in ${where} yet.\n`);
    return exitCodes.ok;
  }
  const nowMs = Date.now();
  const listed = await chooseRuns(names, options, {store, world, nowMs});
  const unknown = unknownNames(listed.read, options);
  if (unknown.length > 0 && listed.read.length === names.length) {
    world.faults.fault('unknown-column', describeUnknown(unknown[0]!, listed.read, 'No run'));
    return exitCodes.usage;
  }
  // Runs that were not read may have them.
  for (const name of unknown) {
    const note = `None of these runs has \`${name}\`; \`--limit\` shows more runs.\n`;
    stderr.write(wrapped(note, stdout.size().columns));
  }
  if (options.json === true) {
    for (const run of listed.runs) writeJsonLine(runJson(run), world);
    return exitCodes.ok;
  }
  if (listed.runs.length === 0) stdout.write('No run meets the conditions.\n');
  else show(listed, {options, world, names, nowMs});
  return exitCodes.ok;
}

interface Listed {
  /** The runs that were read. */
  readonly read: readonly RunSummary[];
  /** Those to show. */
  readonly runs: readonly RunSummary[];
  /** Number of runs that are left out because a terminal has not room for all. */
  readonly more: number;
}

/** Reads runs and chooses among them. What is not shown is not read, if nothing but the age decides. */
async function chooseRuns(
  names: readonly string[],
  options: RunsOptions,
  {store, world, nowMs}: {readonly store: Store; readonly world: World; readonly nowMs: number},
): Promise<Listed> {
  const {filter = [], sort = 'age', reverse, json} = options;
  const limit =
    options.limit ??
    (world.stdout.isTerminal && json !== true ? shownRuns : Number.POSITIVE_INFINITY);
  const isByAge = sort === 'age';
  const ordered = isByAge && reverse === true ? names : names.toReversed();
  const wanted = isByAge && filter.length === 0 ? ordered.slice(0, limit) : ordered;
  const metrics = new RunMetrics(
    {store, drawings: world.offers.drawings},
    metricNames([...(options.metric ?? []), sort, ...filter.map(({name}) => name)]),
  );
  const read: RunSummary[] = [];
  for await (const run of readSummaries(wanted, {store, metrics, nowMs})) read.push(run);
  const conditions = filter.map((one) => ({...one, name: metricNamed(read, one.name)}));
  const chosen = read.filter((run) => conditions.every((one) => meets(run, one, nowMs)));
  const order = {isReversed: reverse === true, nowMs};
  const sorted = isByAge ? chosen : sortRuns(chosen, metricNamed(read, sort), order);
  const left = isByAge && filter.length === 0 ? names.length : sorted.length;
  const runs = sorted.slice(0, limit);
  return {read, runs, more: options.limit === undefined ? left - runs.length : 0};
}

/** The names that mean nothing in any of the runs. */
function unknownNames(
  runs: readonly RunSummary[],
  {metric, sort, filter = []}: RunsOptions,
): readonly string[] {
  const names = namesIn(runs);
  const asked = [...(sort === undefined ? [] : [sort]), ...filter.map(({name}) => name)];
  const isKnown = (name: string): boolean =>
    names.has(name) || names.has(name.replace(/^params\./, '').split('.')[0]!);
  return [...unknownMetrics(runs, metric), ...asked.filter((name) => !isKnown(name))];
}

function show(
  {read, runs, more}: Listed,
  given: {
    readonly options: RunsOptions;
    readonly world: World;
    readonly names: readonly string[];
    readonly nowMs: number;
  },
): void {
  const {options, world, names, nowMs} = given;
  const {columns} = world.stdout.size();
  const usual = askedMetric(read, options) ?? usualMetric(runs);
  const named = options.metric?.map((name) => metricNamed(read, name));
  const metrics = named ?? (usual === undefined ? [] : [usual]);
  const short = shortRuns(names);
  const shortOf = (run: string): string => short.get(run) ?? run;
  const notes = [
    ...(more > 0 ? [`… ${more} more: \`--limit\` shows as many as you want.`] : []),
    ...(options.metric === undefined ? metricNotes(runs, usual) : []),
  ];
  const lines = [
    ...runsLines(runs, {columns, nowMs, metrics, shortOf}),
    ...notes.map((note) => wrapped(note, columns)),
  ];
  world.stdout.write(lines.map((line) => `${line}\n`).join(''));
}

/** The metric by which runs were ordered or chosen, if there is one. */
function askedMetric(
  runs: readonly RunSummary[],
  {sort, filter = []}: RunsOptions,
): string | undefined {
  return [...(sort === undefined ? [] : [sort]), ...filter.map(({name}) => name)]
    .map((name) => metricNamed(runs, name))
    .find((name) => runs.some(({metrics}) => metrics.has(name)));
}

/** Number of metrics that are named. */
const namedMetrics = 4;

/** What the column of the usual metric is, and which others there are. */
function metricNotes(runs: readonly RunSummary[], usual: string | undefined): readonly string[] {
  const metric = runs.flatMap(({metrics}) => metrics.get(usual ?? '') ?? [])[0];
  if (metric === undefined) return [];
  const others = [...new Set(runs.flatMap(({metrics}) => [...metrics.keys()]))].filter(
    (name) => name !== usual,
  );
  const more = others.length > namedMetrics ? ', …' : '';
  const rest =
    others.length === 0
      ? ''
      : `; \`--metric\` shows others: ${others.slice(0, namedMetrics).join(', ')}${more}`;
  return [`${metric.column} is ${metric.name}${rest}.`];
}
