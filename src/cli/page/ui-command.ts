import {isSystemError, whyRefused} from '../../base/errno.ts';
import {displayPath} from '../../report/text/run-place.ts';
import {runFolder, type Store} from '../../store/layout.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import {interrupted} from './interrupted.ts';
import {LivePage} from './live-page.ts';
import {sourceOf} from './live-source.ts';
import {readPageCode} from './page-code.ts';
import {PageServer} from './page-server.ts';
import {onePage, type Site} from './site.ts';
import {StoreSite} from './store-site.ts';
import {existingStore, namedRuns} from '../named-run.ts';
import type {World} from '../world.ts';

export interface UiOptions {
  readonly store: string;
  readonly port: number;
  readonly open: boolean;
}

/** `pipeline ui [RUN…]`: shows all runs, the page of a run, or several runs beside each other in the browser, until Ctrl-C. */
export async function uiCommand(
  texts: readonly string[],
  options: UiOptions,
  world: World,
): Promise<ExitCode> {
  const store = existingStore(options.store, world);
  if (typeof store === 'number') return store;
  const runs = namedRuns(store, texts, world);
  if (typeof runs === 'number') return runs;
  const {site, shows, folder} = shownOf(store, runs, world);
  const code = readPageCode(world);
  let server: PageServer;
  try {
    server = await PageServer.start(site, code, options.port);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    const message = `Port ${options.port} cannot be used: ${whyRefused(error)}.`;
    world.faults.fault('bad-command-line', message);
    return exitCodes.usage;
  }
  // Ctrl-C may come as soon as the address is printed, and while the browser starts.
  const interruption = interrupted(world);
  world.stdout.write(`${server.url}  ${shows}. Ctrl-C ends it.\n`);
  if (options.open) await server.open(folder, world);
  await interruption;
  await server.close();
  return exitCodes.ok;
}

interface Shown {
  readonly site: Site;
  /** What it shows, as the end of a sentence. */
  readonly shows: string;
  /** A folder for the file that leads to it. */
  readonly folder: string;
}

function shownOf(store: Store, runs: readonly string[], {offers, cwd}: World): Shown {
  const {drawings} = offers;
  const [run] = runs;
  if (run === undefined) {
    const shows = `shows the runs of ${displayPath(store.root, cwd)}`;
    return {site: new StoreSite(store, drawings), shows, folder: store.root};
  }
  const shows = runs.length === 1 ? `shows run ${run}` : `compares ${runs.length} runs`;
  const site = onePage(new LivePage(sourceOf(store, runs, drawings)));
  return {site, shows, folder: runFolder(store, run)};
}
