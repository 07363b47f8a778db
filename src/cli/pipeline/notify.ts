import {once} from 'node:events';
import {isSystemError, whyRefused} from '../../base/errno.ts';
import {onDemand} from '../../base/on-demand.ts';
import {visibleLine} from '../../base/visible.ts';
import type {RunAccount} from '../../journal/run-account.ts';
import {writeWrapped} from '../../report/format/wrapped.ts';
import {runFolder, type Store} from '../../store/layout.ts';
import type {ExitCode} from '../exit-codes.ts';
import {isAddress} from './notice-address.ts';
import {signalGroup} from '../../worker/process-group.ts';
import type {World} from '../world.ts';

/** What a notice says of a run. Nothing in it is taken from the command line or the environment. */
export interface Notice {
  readonly run: string;
  /** The pipeline file, as the user named it. */
  readonly file: string;
  readonly outcome: 'ok' | 'failed' | 'suspended';
  readonly exitCode: ExitCode;
  /** Times in the format of ISO 8601. */
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly durationMs: number;
  readonly instances: number;
  readonly stored: number;
  readonly ran: number;
  readonly failed: number;
  readonly skipped: number;
  readonly notStarted: number;
  /** The names of failed instances: the first twenty, and fewer if they are long. */
  readonly failures: readonly string[];
  /** Absolute path of the folder of the run. */
  readonly folder: string;
}

/** Limit of a notice's time. */
const limitMs = 10_000;

const listedFailures = 20;

/**
 * Limit of the length of their names together, in UTF-16 units. As a variable they have at most three times as many
 * bytes, and Linux starts no program with a variable of 128 KiB (MAX_ARG_STRLEN).
 */
const listedLength = 32_768;

/** The notice of a run that has begun. A run whose store failed has no last event, and counts as failed. */
export function noticeOf(account: RunAccount, store: Store, exitCode: ExitCode): Notice {
  const {run, finished} = account;
  const {pipeline: file, instances, at: startedAt} = account.started!;
  const finishedAt = finished?.at ?? new Date().toISOString();
  const failures = [...account.instances.values()].flatMap(({id, standing}) =>
    standing === 'failed' ? [String(id)] : [],
  );
  const {hits = 0, ran = 0, failed = failures.length, skipped = 0, unstarted = 0} = finished ?? {};
  return {
    run,
    file,
    outcome: finished?.outcome ?? 'failed',
    exitCode,
    startedAt,
    finishedAt,
    durationMs: finished?.durationMs ?? Date.parse(finishedAt) - Date.parse(startedAt),
    instances,
    stored: hits,
    ran,
    failed,
    skipped,
    notStarted: unstarted,
    failures: listed(failures),
    folder: runFolder(store, run),
  };
}

function listed(names: readonly string[]): readonly string[] {
  const few = names.slice(0, listedFailures);
  const tooMany = few.findIndex((_, at) => few.slice(0, at + 1).join('\n').length > listedLength);
  return tooMany < 0 ? few : few.slice(0, tooMany);
}

/**
 * Sends a notice to each address (`http:` or `https:`) and runs each other word as a command of the shell, all at a
 * time. A failure is a warning on standard error.
 * @param waitMs the longest time that each may take
 */
export async function notify(
  targets: readonly string[],
  notice: Notice,
  world: Pick<World, 'cwd' | 'environment' | 'stderr'>,
  waitMs = limitMs,
): Promise<void> {
  await Promise.all(
    targets.map(async (target) => {
      const fault = isAddress(target)
        ? await post(target, notice, waitMs)
        : await call(target, notice, world, waitMs).catch(whyNotStarted);
      if (fault !== undefined) writeWrapped(world.stderr, `! The notice was not sent: ${fault}.\n`);
    }),
  );
}

/** Posts a notice as JSON; gives the fault, if there is one. The path of an address may be secret and is not named. */
async function post(address: string, notice: Notice, waitMs: number): Promise<string | undefined> {
  const {origin} = new URL(address);
  try {
    const response = await fetch(address, {
      method: 'POST',
      headers: {'content-type': 'application/json'},
      body: JSON.stringify(notice),
      // Another host was not chosen by the user.
      redirect: 'manual',
      signal: AbortSignal.timeout(waitMs),
    });
    await response.body?.cancel();
    if (response.ok) return undefined;
    const isElsewhere = response.status >= 300 && response.status < 400;
    const more = isElsewhere ? ', and redirects are not followed' : '';
    return `${origin} answered ${response.status}${more}`;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (error.name === 'TimeoutError') return `${origin} did not answer within ${waitMs / 1000} s`;
    const {cause} = error as {readonly cause?: {readonly code?: string; readonly message?: string}};
    return `${origin} cannot be reached (${cause?.code ?? cause?.message ?? error.message})`;
  }
}

/**
 * Runs a command with the notice on its standard input and in variables; gives the fault, if there is one. Rejects if
 * it cannot be started.
 */
async function call(
  command: string,
  notice: Notice,
  {cwd, environment}: Pick<World, 'cwd' | 'environment'>,
  waitMs: number,
): Promise<string | undefined> {
  const {spawn} = onDemand('node:child_process');
  const child = spawn('/bin/sh', ['-c', command], {
    cwd,
    env: {...environment, ...variablesOf(notice)},
    // A group of its own, which can be ended as a whole.
    detached: true,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  // Without a process there may be no input either.
  await once(child, 'spawn');
  // A command need not read its input.
  child.stdin.on('error', () => undefined).end(`${JSON.stringify(notice)}\n`);
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    signalGroup(child.pid!, 'SIGKILL');
  }, waitMs);
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  clearTimeout(timer);
  if (isLate) return `the command did not end within ${waitMs / 1000} s, and was ended`;
  if (code === 0) return undefined;
  return `the command ended ${signal === null ? `with exit code ${code}` : `by ${signal}`}`;
}

/** Whatever it was, it does not change the outcome of the run. */
function whyNotStarted(error: unknown): string {
  const why = isSystemError(error) ? whyRefused(error) : String(error);
  return `the command could not be started: ${why}`;
}

/** `PIPELINE_RUN`, `PIPELINE_EXIT_CODE` and so on; `PIPELINE_FAILURES` has a name on each line. */
function variablesOf(notice: Notice): Readonly<Record<string, string>> {
  const entries = Object.entries(notice) as [string, string | number | readonly string[]][];
  return Object.fromEntries(
    entries.map(([field, value]) => [
      `PIPELINE_${field.replaceAll(/[A-Z]/g, '_$&').toUpperCase()}`,
      (typeof value === 'object' ? value : [String(value)]).map(visibleLine).join('\n'),
    ]),
  );
}
