import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {isSystemError, whyRefused} from '../../base/errno.ts';
import {formatBytes} from '../../report/format/bytes.ts';
import {pageHtml} from '../../page/model/page-html.ts';
import {RunPage} from '../../page/model/run-page.ts';
import {displayPath} from '../../report/text/run-place.ts';
import {readRunEvents} from '../../journal/members/read-run-events.ts';
import {runFolder, type Store} from '../../store/layout.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import {openBrowser} from './open-browser.ts';
import {readPageCode} from './page-code.ts';
import {replaceWhole} from '../whole-files.ts';
import {namedRun} from '../named-run.ts';
import type {World} from '../world.ts';
import {writeJson} from '../write-json.ts';

export interface ReportOptions {
  readonly store: string;
  /** The file to write. Absent: `report.html` in the folder of the run. */
  readonly output?: string;
  readonly open?: true;
  readonly json?: true;
}

/** `pipeline report [RUN]`: writes the page of a run as one self-contained HTML file. */
export async function reportCommand(
  text: string,
  options: ReportOptions,
  world: World,
): Promise<ExitCode> {
  const named = namedRun(text, options.store, world);
  if (typeof named === 'number') return named;
  const {store, run} = named;
  const file = path.resolve(
    world.cwd,
    options.output ?? path.join(runFolder(store, run), 'report.html'),
  );
  const html = await reportHtml(store, run, world);
  try {
    await replaceWhole(file, html);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    const message = `${options.output ?? file} cannot be written: ${whyRefused(error)}.`;
    world.faults.fault('unwritable-file', message);
    return options.output === undefined ? exitCodes.storeUnusable : exitCodes.usage;
  }
  const bytes = Buffer.byteLength(html);
  const shown = displayPath(file, world.cwd);
  if (options.json === true) writeJson({run, files: [shown], bytes}, world);
  else world.stdout.write(`${shown}  (${formatBytes(bytes)})\n`);
  if (options.open === true) await openBrowser(pathToFileURL(file).href, world);
  return exitCodes.ok;
}

async function reportHtml(store: Store, run: string, world: World): Promise<string> {
  const page = new RunPage(store, run, world.offers.drawings);
  const {events, unreadable} = readRunEvents(store, run);
  for (const event of events) page.add(event);
  page.account.unreadable = unreadable;
  const parts = await page.parts(Date.now());
  const {overview} = parts;
  return pageHtml({kind: 'embedded', parts}, `${overview.name} ${run}`, readPageCode(world));
}
