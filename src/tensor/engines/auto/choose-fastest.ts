import type {Engine} from '../../engine.ts';
import {UnavailableError} from '../gpu/errors.ts';
import type {CalibrationTask} from './calibration-task.ts';
import {wrongNumbers} from './compare-numbers.ts';
import {tryEngine, type Tried} from './try-engine.ts';

/** An engine that was started for a trial. */
export interface Startable {
  readonly engine: Engine;
  /** Gives back what the engine holds of a device. */
  readonly close?: () => void;
}

/** An engine that `auto` may choose. */
export interface Candidate<Started extends Startable = Startable> {
  readonly name: string;
  /** @throws UnavailableError if it does not work on this machine */
  start(): Promise<Started>;
}

/** The outcome of a candidate. */
export type Trial = {readonly name: string; readonly milliseconds: number} | Refused;

/** The fastest engine, started, and the trials of all candidates; none were measured if only the CPU's engine starts. */
export interface Choice<Started extends Startable> {
  readonly name: string;
  readonly started: Started;
  readonly trials: readonly Trial[];
}

export interface Candidates<Started extends Startable> {
  readonly gpus: readonly Candidate<Started>[];
  /** Works on every machine. What it computes is what the others must compute. */
  readonly cpu: Candidate<Started>;
}

export interface Trials {
  /** Makes what the engines are to compute. */
  readonly makeTask: () => CalibrationTask;
  /** In milliseconds. */
  readonly now: () => number;
}

/**
 * Starts all candidates, lets each compute the task, and chooses the fastest of those that compute what the CPU's engine
 * does. The others are closed.
 */
export async function chooseFastest<Started extends Startable>(
  {gpus, cpu}: Candidates<Started>,
  {makeTask, now}: Trials,
): Promise<Choice<Started>> {
  const own: Running<Started> = {name: cpu.name, started: await cpu.start()};
  const refused: Refused[] = [];
  const running: Running<Started>[] = [];
  for (const candidate of gpus) {
    const started = await startOrRefuse(candidate);
    if ('refusal' in started) refused.push(started);
    else running.push(started);
  }
  // A CPU needs no measurement where there is nothing else.
  if (running.length === 0) return {...own, trials: refused};
  const task = makeTask();
  const expected = await tryEngine(own.started.engine, task, now);
  const measured: Measured<Started>[] = [{...own, milliseconds: expected.milliseconds}];
  for (const one of running) {
    const found = await measure(one, () => tryEngine(one.started.engine, task, now), expected);
    if ('refusal' in found) refused.push(found);
    else measured.push(found);
  }
  const fastest = measured.reduce((a, b) => (b.milliseconds < a.milliseconds ? b : a));
  for (const {started} of measured) if (started !== fastest.started) started.close?.();
  const times = measured.map(({name, milliseconds}) => ({name, milliseconds}));
  return {name: fastest.name, started: fastest.started, trials: [...times, ...refused]};
}

interface Running<Started> {
  readonly name: string;
  readonly started: Started;
}

interface Measured<Started> extends Running<Started> {
  readonly milliseconds: number;
}

/** An engine that is not used, and why. */
interface Refused {
  readonly name: string;
  readonly refusal: string;
  /** Whether it failed, which it may not do the next time; otherwise something is missing, or it computes wrong results. */
  readonly hasFailed?: true;
}

async function startOrRefuse<Started extends Startable>(
  candidate: Candidate<Started>,
): Promise<Running<Started> | Refused> {
  const {name} = candidate;
  try {
    return {name, started: await candidate.start()};
  } catch (error) {
    if (error instanceof UnavailableError) return {name, refusal: error.message};
    // A card that is full or lost is a reason for another engine.
    return {name, refusal: `It does not start here: ${firstLine(error)}`, hasFailed: true};
  }
}

/** Measures an engine; closes it if it fails or computes other numbers than expected. */
async function measure<Started extends Startable>(
  running: Running<Started>,
  attempt: () => Promise<Tried>,
  expected: Tried,
): Promise<Measured<Started> | Refused> {
  const refuse = (refusal: string): Refused => {
    running.started.close?.();
    return {name: running.name, refusal};
  };
  try {
    const {numbers, milliseconds} = await attempt();
    const wrong = wrongNumbers(numbers, expected.numbers);
    if (wrong === undefined) return {...running, milliseconds};
    return refuse(`It computes wrong results here: ${wrong}.`);
  } catch (error) {
    // A driver can fail in any way, and the other engines can still compute.
    return {...refuse(`It fails here: ${firstLine(error)}`), hasFailed: true};
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
}
