import type {RunEvent} from '../../journal/event.ts';
import {jsonReporter} from '../../report/live/json-reporter.ts';
import {liveReporter} from '../../report/live/live-reporter.ts';
import {plainReporter} from '../../report/live/plain-reporter.ts';
import {quietReporter} from '../../report/live/quiet-reporter.ts';
import type {Reporter} from '../../report/live/reporter.ts';
import type {RunPlace} from '../../report/text/run-place.ts';
import type {Store} from '../../store/layout.ts';
import {sameAgain, without} from '../command-line.ts';
import type {RunOptions} from '../options/pipeline-options.ts';
import type {RunViewer} from '../page/run-viewer.ts';
import type {World} from '../world.ts';
import type {Notices} from './run-notices.ts';

/** The options that say how a run is shown. */
export interface ShowOptions extends Pick<
  RunOptions,
  'json' | 'quiet' | 'open' | 'notify' | 'settings'
> {
  /** The command that repeats the run. Absent: this one. */
  readonly again?: string;
}

/** What a user sees of a run while it goes on: lines or a page. Who asked for it is told of the end. */
export interface RunShow {
  readonly place: RunPlace;
  readonly reporter: Reporter;
  /** The page. Absent: nobody asked for it. */
  readonly page: RunViewer | undefined;
  readonly notices: Notices;
  /** The plan and the end, as the events told them. */
  readonly seen: Seen;
  onEvent(event: RunEvent): void;
}

export async function showRunLive(
  run: string,
  store: Store,
  options: ShowOptions,
  world: World,
): Promise<RunShow> {
  const place = placeOf(store, options, world);
  const reporter = reporterFor(options, place, world);
  const page = await pageFor(store, reporter, options, world);
  const notices = await noticesOf(run, store, options, world);
  const seen: Seen = {planned: undefined, finished: undefined, isStoreAtFault: false};
  const listeners = [notices, reporter, ...(page === undefined ? [] : [page])];
  const onEvent = (event: RunEvent): void => {
    see(event, seen);
    for (const listener of listeners) listener.onEvent(event);
  };
  return {place, reporter, page, notices, seen, onEvent};
}

/** The plan and the end of a run, as its events tell them. */
export interface Seen {
  planned: Extract<RunEvent, {kind: 'planned'}> | undefined;
  finished: Extract<RunEvent, {kind: 'run-finished'}> | undefined;
  isStoreAtFault: boolean;
}

function see(event: RunEvent, seen: Seen): void {
  if (event.kind === 'planned') seen.planned = event;
  if (event.kind === 'run-finished') seen.finished = event;
  seen.isStoreAtFault ||= event.kind === 'failed' && event.cause.kind === 'store-error';
}

async function noticesOf(
  run: string,
  store: Store,
  {notify: targets = []}: ShowOptions,
  world: World,
): Promise<Notices> {
  if (targets.length === 0) return {onEvent: () => undefined, send: () => Promise.resolve()};
  const {RunNotices} = await import('./run-notices.ts');
  return new RunNotices({run, store, targets}, world);
}

function placeOf(
  store: Store,
  {settings, again}: ShowOptions,
  {cwd, commandLine}: World,
): RunPlace {
  // An address to notify may be secret, and journals are shared.
  const words = without('--notify', commandLine.words);
  return {
    store,
    cwd,
    again: again ?? sameAgain({...commandLine, words}),
    againFor: (id) => sameAgain({...commandLine, words: ['run', ...settings, id]}),
  };
}

function reporterFor(options: ShowOptions, place: RunPlace, {stdout, stderr}: World): Reporter {
  if (options.json === true) return jsonReporter(stdout, stderr);
  if (options.quiet === true) return quietReporter(stderr, place);
  if (stdout.isTerminal) return liveReporter(stdout, place);
  return plainReporter(stdout, stderr, place);
}

async function pageFor(
  store: Store,
  reporter: Reporter,
  {open, json}: ShowOptions,
  world: World,
): Promise<RunViewer | undefined> {
  if (open !== true) return undefined;
  const {RunViewer} = await import('../page/run-viewer.ts');
  return new RunViewer(store, reporter, world, {isJson: json === true});
}
