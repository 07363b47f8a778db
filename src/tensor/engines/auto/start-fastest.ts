import {
  chooseFastest,
  type Candidates,
  type Startable,
  type Trial,
  type Trials,
} from './choose-fastest.ts';
import type {ChoiceFile} from './kept-choice.ts';

/** The inputs of a choice beside the candidates. */
export interface Surroundings extends Trials {
  /** The folder that keeps choices. Absent: none does. */
  readonly file?: ChoiceFile;
  /** The number of threads of the CPU's engine. */
  readonly threads: number;
  /** Whether to measure although there is a kept choice. */
  readonly isAnew?: boolean;
  /** The date and the time of day. */
  readonly today: () => Date;
}

/** The engine that was started, what became of all candidates, and how that is known, as a sentence. */
export interface Fastest<Started extends Startable> {
  readonly started: Started;
  readonly trials: readonly Trial[];
  readonly source: string;
}

/** Starts the fastest engine: the one that is known to be from an earlier start, or after trials of all. */
export async function startFastest<Started extends Startable>(
  candidates: Candidates<Started>,
  surroundings: Surroundings,
): Promise<Fastest<Started>> {
  const {file, threads, isAnew = false, today} = surroundings;
  const kept = isAnew ? undefined : await startKept(candidates, surroundings);
  if (kept !== undefined) return kept;
  const {name, started, trials} = await chooseFastest(candidates, surroundings);
  const isMeasured = trials.some((trial) => 'milliseconds' in trial);
  if (!isMeasured) return {started, trials, source: 'No engine for GPUs works here.'};
  const {description} = started.engine;
  // What failed may work the next time.
  if (trials.some((trial) => 'hasFailed' in trial))
    return {started, trials, source: 'The times were measured just now.'};
  file?.write({name, description, threads, measured: today().toISOString(), trials});
  const where =
    file === undefined ? 'There is no home folder to keep the times in.' : `Kept in ${file.path}.`;
  return {started, trials, source: `The times were measured just now. ${where}`};
}

/** Starts the engine of a kept choice; `undefined`: none is kept, or it is no longer true. */
async function startKept<Started extends Startable>(
  {gpus, cpu}: Candidates<Started>,
  {file, threads}: Surroundings,
): Promise<Fastest<Started> | undefined> {
  const kept = file?.read();
  const candidate = [...gpus, cpu].find(({name}) => name === kept?.name);
  if (file === undefined || kept === undefined || candidate === undefined) return undefined;
  // The CPU's engine may win with more threads, and a GPU's engine that won against more threads wins against fewer.
  const holds = candidate === cpu ? threads >= kept.threads : threads <= kept.threads;
  if (!holds) return undefined;
  let started: Started;
  try {
    started = await candidate.start();
  } catch {
    // The trials of all engines tell the reason.
    return undefined;
  }
  // Another card or another driver may be faster or slower.
  if (candidate !== cpu && started.engine.description !== kept.description) {
    started.close?.();
    return undefined;
  }
  const {trials, measured} = kept;
  const source = `The times were measured on ${measured.slice(0, 10)} and kept in ${file.path}; \`pipeline doctor\` measures anew.`;
  return {started, trials, source};
}
