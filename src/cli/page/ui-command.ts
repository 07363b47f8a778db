import {isSystemError, whyRefused} from '../../base/errno.ts';
import {runFolder} from '../../store/layout.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import {interrupted} from './interrupted.ts';
import {LivePage} from './live-page.ts';
import {readPageCode} from './page-code.ts';
import {PageServer} from './page-server.ts';
import {namedRun} from '../named-run.ts';
import type {World} from '../world.ts';

export interface UiOptions {
  readonly store: string;
  readonly port: number;
  readonly open: boolean;
}

/** `pipeline ui [RUN]`: shows the page of a run in the browser while it goes on, until Ctrl-C. */
export async function uiCommand(text: string, options: UiOptions, world: World): Promise<ExitCode> {
  const named = namedRun(text, options.store, world);
  if (typeof named === 'number') return named;
  const {store, run} = named;
  const code = readPageCode(world);
  let server: PageServer;
  try {
    server = await PageServer.start(
      new LivePage(store, run, world.offers.drawings),
      code,
      options.port,
    );
  } catch (error) {
    if (!isSystemError(error)) throw error;
    const message = `Port ${options.port} cannot be used: ${whyRefused(error)}.`;
    world.faults.fault('bad-command-line', message);
    return exitCodes.usage;
  }
  world.stdout.write(`${server.url}  shows run ${run}. Ctrl-C ends it.\n`);
  if (options.open) await server.open(runFolder(store, run), world);
  await interrupted(world);
  await server.close();
  return exitCodes.ok;
}
