import {readRun, type RunAccount} from '../../../journal/run-account.ts';
import {writeWrapped} from '../../../report/format/wrapped.ts';
import type {Store} from '../../../store/layout.ts';
import {sameAgain} from '../../command-line.ts';
import {exitCodes, type ExitCode} from '../../exit-codes.ts';
import {storeWords} from '../../options/store-option.ts';
import {runJson, showRun} from '../../reading/status-command.ts';
import type {World} from '../../world.ts';
import {writeJson} from '../../write-json.ts';
import {Crew} from './crew.ts';
import {followRun} from './follow-run.ts';
import {openClusterRun} from '../open-cluster-run.ts';

/** How a run on a cluster is to end. */
export interface EndOptions {
  /** As the user named it. */
  readonly store: string;
  /** Whether members are ended at once. Absent: they save checkpoints first. */
  readonly now?: true;
  readonly json?: true;
}

/** Stops or cancels the members of a run on a cluster, waits for the end of the run, and shows its state. */
export async function endRun(
  {run, finished}: RunAccount,
  store: Store,
  options: EndOptions,
  world: World,
): Promise<ExitCode> {
  const tell = (line: string): void => {
    if (options.json !== true) writeWrapped(world.stderr, line);
  };
  const wasOver = finished !== undefined;
  tell(wasOver ? `Run ${run} has ended already.\n` : announcement(run, options, world));
  const code = wasOver ? exitCodes.ok : await ended(store, run, {options, tell}, world);
  if (code !== exitCodes.ok && code !== exitCodes.killed) return code;
  const now = readRun(store, run);
  if (options.json === true) {
    const asked = wasOver ? null : options.now === true ? 'end' : 'stop';
    writeJson({asked, ...runJson(now, store)}, world);
  } else if (code === exitCodes.ok) showRun(now, {store, options, world});
  return code;
}

function announcement(run: string, {now, store}: EndOptions, {commandLine}: World): string {
  if (now === true) return `Cancelling the members of run ${run}.\n`;
  const cancel = sameAgain({...commandLine, words: ['cancel', run, ...storeWords(store)]});
  return `Stopping run ${run}: its members save checkpoints, and leave. To end them at once: ${cancel}\n`;
}

/** Asks, and waits for the end; `killed`: Ctrl-C ended the wait. */
async function ended(
  store: Store,
  run: string,
  {options, tell}: {readonly options: EndOptions; readonly tell: (line: string) => void},
  world: World,
): Promise<ExitCode> {
  const opened = await openClusterRun(store, run, world);
  if (typeof opened === 'number') return opened;
  using crew = new Crew(opened, opened.loadNeed, world);
  crew.teller.giveTo(tell);
  const [never, leave] = [new AbortController(), new AbortController()];
  const release = world.onInterrupt(() => leave.abort());
  const requests = {
    stopSignal: AbortSignal.abort(),
    cancelSignal: options.now === true ? AbortSignal.abort() : never.signal,
    leaveSignal: leave.signal,
    release,
  };
  try {
    const {end} = await followRun({store, run, crew, requests, onEvent: () => undefined});
    return end === 'finished' ? exitCodes.ok : exitCodes.killed;
  } finally {
    release();
  }
}
