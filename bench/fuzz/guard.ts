import {fork, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, readFileSync} from 'node:fs';
import {mkdir, mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {attacks, type Outcome} from './attack.ts';

/** The messages of the process that tries cases. */
export type FromAttempt =
  | {readonly kind: 'ready'}
  | {readonly kind: 'step'; readonly index: number; readonly step: string}
  | {
      readonly kind: 'done';
      readonly index: number;
      readonly outcome: Outcome;
      readonly peakBytes: number;
    };

/** The results of an attack. */
export interface Tally {
  readonly cases: number;
  readonly failures: readonly {readonly index: number; readonly outcome: Outcome}[];
  /** The number of times of each note. */
  readonly notes: ReadonlyMap<string, number>;
  /** The longest working time of a step, in milliseconds of all cores together. */
  readonly slowestMs: number;
  /** The peak memory of any process, in bytes. */
  readonly peakBytes: number;
}

export interface Wish {
  readonly name: string;
  readonly seed: number;
  readonly cases: number;
  /** The number of the first case; defaults to 0. */
  readonly from?: number;
  readonly onFailure?: (index: number, outcome: Outcome) => void;
}

/** Memory limit of a case, in bytes. */
const mostBytes = 2 ** 30;
/** Time without work after which a process counts as hung. */
const idleMs = 120_000;
const ticksPerSecond = 100;

/** Tries cases in a separate process, which is ended and replaced if it hangs, dies or takes too much memory. */
export async function runAttack(wish: Wish): Promise<Tally> {
  const attack = await attacks[wish.name]?.();
  if (attack === undefined) throw new RangeError(`There is no attack ${wish.name}.`);
  const memory = '/dev/shm';
  const folder = await mkdtemp(path.join(existsSync(memory) ? memory : tmpdir(), 'fuzz-'));
  try {
    const prepared = path.join(folder, 'prepared');
    await mkdir(prepared);
    await attack.prepare(prepared);
    const guard = new Guard(wish, attack.stepMs, folder);
    await guard.run();
    return guard.tally;
  } finally {
    await rm(folder, {recursive: true, force: true});
  }
}

class Guard {
  readonly #wish: Wish;
  readonly #stepMs: number;
  readonly #folder: string;
  readonly #failures: {index: number; outcome: Outcome}[] = [];
  readonly #notes = new Map<string, number>();
  #slowestMs = 0;
  #peakBytes = 0;
  #next: number;

  constructor(wish: Wish, stepMs: number, folder: string) {
    this.#wish = wish;
    this.#stepMs = stepMs;
    this.#folder = folder;
    this.#next = wish.from ?? 0;
  }

  get tally(): Tally {
    return {
      cases: this.#wish.cases,
      failures: this.#failures,
      notes: this.#notes,
      slowestMs: this.#slowestMs,
      peakBytes: this.#peakBytes,
    };
  }

  /** Tries all cases, in as many processes as needed. */
  async run(): Promise<void> {
    const end = this.#next + this.#wish.cases;
    for (let round = 0; this.#next < end; round++) {
      const scratch = path.join(this.#folder, `scratch-${round}`);
      await mkdir(scratch);
      await this.#watch(this.#start(scratch, end));
      await rm(scratch, {recursive: true, force: true});
    }
  }

  #start(scratch: string, end: number): ChildProcess {
    const {name, seed} = this.#wish;
    const words = [path.join(this.#folder, 'prepared'), scratch, seed, this.#next, end].map(String);
    return fork(path.join(import.meta.dirname, 'attempt.js'), [name, ...words], {
      execArgv: ['--enable-source-maps', `--max-old-space-size=${mostBytes / 2 ** 20}`],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
  }

  /** Follows a process until it ends or has to be ended. */
  async #watch(child: ChildProcess): Promise<void> {
    let [step, since, hung, printed] = ['', takenBy(child), false, ''];
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (printed += text));
    child.on('message', (message: FromAttempt) => {
      const now = takenBy(child);
      if (step !== '') this.#slowestMs = Math.max(this.#slowestMs, now.workMs - since.workMs);
      [step, since] = [message.kind === 'step' ? message.step : '', now];
      if (message.kind === 'done') this.#done(message);
    });
    const watch = setInterval(() => {
      const now = takenBy(child);
      const limitMs = step === '' ? idleMs : this.#stepMs;
      hung = now.workMs - since.workMs > limitMs || now.atMs - since.atMs > idleMs;
      if (hung) child.kill('SIGKILL');
    }, 500);
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
    clearInterval(watch);
    if (code === 0) return;
    const how = hung ? `hangs` : `ends its process (${code ?? signal}): ${printed.slice(-2000)}`;
    this.#fail(this.#next++, {what: step, faults: [`${step} ${how}`], notes: []});
  }

  #done({index, outcome, peakBytes}: Extract<FromAttempt, {kind: 'done'}>): void {
    this.#next = index + 1;
    this.#peakBytes = Math.max(this.#peakBytes, peakBytes);
    for (const note of outcome.notes) this.#notes.set(note, (this.#notes.get(note) ?? 0) + 1);
    const greedy = peakBytes > mostBytes ? [`takes ${peakBytes} bytes of memory`] : [];
    const faults = [...outcome.faults, ...greedy];
    if (faults.length > 0) this.#fail(index, {...outcome, faults});
  }

  #fail(index: number, outcome: Outcome): void {
    this.#failures.push({index, outcome});
    this.#wish.onFailure?.(index, outcome);
  }
}

/**
 * The working time of a process, which is independent of other load on the machine, and the current time; both in
 * milliseconds.
 */
function takenBy({pid}: ChildProcess): {readonly workMs: number; readonly atMs: number} {
  const atMs = performance.now();
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[11]) + Number(fields[12]);
    return {workMs: (1000 * ticks) / ticksPerSecond, atMs};
  } catch {
    // It has ended, or the platform does not provide it.
    return {workMs: 0, atMs};
  }
}
