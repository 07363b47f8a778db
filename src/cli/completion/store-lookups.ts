import path from 'node:path';
import type {Command} from 'commander';
import {summaryOf} from '../../compare/read-runs.ts';
import {RunMetrics} from '../../compare/run-metrics.ts';
import type {RunSummary} from '../../compare/run-summary.ts';
import {namesIn} from '../../compare/run-values.ts';
import {findRun, listRuns, runWord} from '../../journal/find-run.ts';
import {readRun, resultOf, type RunAccount} from '../../journal/run-account.ts';
import type {Store} from '../../store/layout.ts';
import {inspectStore} from '../../store/open-store.ts';
import {findProject, storeOf} from '../project/apply-project.ts';
import type {World} from '../world.ts';
import type {Asked} from './asked.ts';
import type {Candidate} from './candidates.ts';

/** The runs of the store that is named, newest first. */
export function runs(store: Store | undefined): readonly Candidate[] {
  const names = store === undefined ? [] : listRuns(store).toReversed();
  if (names.length === 0) return [];
  return [{value: 'latest', about: names[0]!}, ...names.map((value) => ({value}))];
}

/** The instances of the run that the word or the first argument names, or of the newest. */
export function instances(asked: Asked, store: Store | undefined): readonly Candidate[] {
  const within = withinRun(asked, store);
  if (within !== undefined) return within;
  const account = store && accountOf(store, asked.args[0] ?? 'latest');
  return account === undefined ? [] : instancesOf(account, asked.word);
}

/** The instances of the newest run, the outputs of the one that the word names, and runs; or those of a run before a slash. */
export function results(asked: Asked, store: Store | undefined): readonly Candidate[] {
  const within = withinRun(asked, store);
  if (within !== undefined) return within;
  const account = store && accountOf(store, 'latest');
  if (store === undefined || account === undefined) return [];
  return [...resultsOf(account, store, asked.word), ...runs(store)];
}

/** What a run has that the word names before a slash; `undefined`: it names none. */
function withinRun({word}: Asked, store: Store | undefined): readonly Candidate[] | undefined {
  const named = runWord(word);
  const found = store && named && findRun(store, named.run);
  if (store === undefined || named === undefined || found?.kind !== 'found') return undefined;
  return resultsOf(readRun(store, found.run), store, named.rest).map((candidate) => ({
    ...candidate,
    value: `${named.run}/${candidate.value}`,
  }));
}

function resultsOf(account: RunAccount, store: Store, word: string): readonly Candidate[] {
  const made = [...account.instances.values()].filter(({id}) => word.startsWith(`${id}.`));
  const outputs = made.flatMap((instance) =>
    Object.entries(resultOf(store, instance)?.outputs ?? {}).map(([name, {media}]) => ({
      value: `${instance.id}.${name}`,
      about: media,
    })),
  );
  return [...instancesOf(account, word), ...outputs];
}

/** The headlines of the newest run, by name and by column. */
export async function metrics(
  store: Store | undefined,
  world: World,
): Promise<readonly Candidate[]> {
  const found = [...((await newest(store, world))?.metrics.values() ?? [])];
  const columns = new Set(found.map(({column}) => column));
  return [...columns, ...found.map(({name}) => name)].map((value) => ({value}));
}

/** What runs are sorted and chosen by, as far as the newest has it. */
export async function columns(
  store: Store | undefined,
  world: World,
): Promise<readonly Candidate[]> {
  const run = await newest(store, world);
  return [...namesIn(run === undefined ? [] : [run])].map((value) => ({value}));
}

async function newest(store: Store | undefined, world: World): Promise<RunSummary | undefined> {
  const found = store && findRun(store, 'latest');
  if (store === undefined || found?.kind !== 'found') return undefined;
  const metrics = new RunMetrics({store, drawings: world.offers.drawings});
  return await summaryOf(readRun(store, found.run), {metrics, nowMs: Date.now()});
}

/** Instances, or, before a bracket, stages: of one with several instances what begins to choose one. */
function instancesOf({instances: accounts}: RunAccount, word: string): readonly Candidate[] {
  const ids = Array.from(accounts.keys(), String);
  if (word.includes('[')) return ids.map((value) => ({value}));
  return [...new Set(ids.map((id) => id.replace(/\[.*/s, '[')))].map((value) => ({value}));
}

function accountOf(store: Store, name: string): RunAccount | undefined {
  const named = findRun(store, name);
  const found = named.kind === 'found' ? named : findRun(store, 'latest');
  return found.kind === 'found' ? readRun(store, found.run) : undefined;
}

/** The store that a command line names, or the one that is found without. `undefined`: it cannot be read. */
export async function storeFor(
  {options}: Asked,
  program: Command,
  world: World,
): Promise<Store | undefined> {
  const named = options.get('store')?.at(-1);
  const {cwd} = world;
  const folder =
    named ?? storeOf(await findProject(program, undefined, world), undefined, cwd).store;
  const inspected = inspectStore(path.resolve(cwd, folder));
  return inspected.kind === 'unusable' ? undefined : inspected.store;
}
