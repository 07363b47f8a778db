import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {isSystemError, whyRefused} from '../../base/errno.ts';
import {formatBytes} from '../../report/format/bytes.ts';
import {pageHtml} from '../../page/model/page-html.ts';
import {RunPage} from '../../page/model/run-page.ts';
import {ComparisonPage} from '../../page/model/runs/comparison-page.ts';
import {displayPath} from '../../report/text/run-place.ts';
import {readRunEvents} from '../../journal/members/read-run-events.ts';
import {reportFiles, runFolder, type Store} from '../../store/layout.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import {openBrowser} from './open-browser.ts';
import {readPageCode} from './page-code.ts';
import {replaceWhole} from '../whole-files.ts';
import {existingStore, namedRuns} from '../named-run.ts';
import type {World} from '../world.ts';
import {writeJson} from '../write-json.ts';

export interface ReportOptions {
  readonly store: string;
  /** The file to write. Absent: `report.html` or `comparison.html` in the folder of the first run. */
  readonly output?: string;
  readonly open?: true;
  readonly json?: true;
}

/** `pipeline report [RUN…]`: writes the page of a run, or of several beside each other, as one self-contained HTML file. */
export async function reportCommand(
  texts: readonly string[],
  options: ReportOptions,
  world: World,
): Promise<ExitCode> {
  const store = existingStore(options.store, world);
  if (typeof store === 'number') return store;
  const runs = namedRuns(store, texts.length === 0 ? ['latest'] : texts, world);
  if (typeof runs === 'number') return runs;
  const run = runs[0]!;
  const name = reportFiles[runs.length === 1 ? 0 : 1];
  const file = path.resolve(world.cwd, options.output ?? path.join(runFolder(store, run), name));
  const html = await reportHtml(store, runs, world);
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
  if (options.json === true)
    writeJson({...(runs.length === 1 ? {run} : {runs}), files: [shown], bytes}, world);
  else world.stdout.write(`${shown}  (${formatBytes(bytes)})\n`);
  if (options.open === true) await openBrowser(pathToFileURL(file).href, world);
  return exitCodes.ok;
}

async function reportHtml(store: Store, runs: readonly string[], world: World): Promise<string> {
  const {drawings} = world.offers;
  const pages = runs.map((run) => {
    const page = new RunPage(store, run, drawings);
    const {events, unreadable} = readRunEvents(store, run);
    for (const event of events) page.add(event);
    page.account.unreadable = unreadable;
    return page;
  });
  const nowMs = Date.now();
  const code = readPageCode(world);
  if (pages.length > 1) {
    const parts = await new ComparisonPage(store, pages, drawings).parts(nowMs);
    return pageHtml({kind: 'embedded', parts}, runs.join(', '), code);
  }
  const parts = await pages[0]!.parts(nowMs);
  return pageHtml({kind: 'embedded', parts}, `${parts.overview.name} ${runs[0]!}`, code);
}
