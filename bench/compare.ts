/**
 * Compares our program with PyTorch and with an earlier commit. They are separate processes whose rounds alternate, so
 * that other load on the machine affects all of them.
 */
import {execFileSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {setTimeout} from 'node:timers/promises';
import {startContender, type Contender} from './contender.ts';
import {startCoreDistance} from './core-distance.ts';

const python = '/usr/bin/python3';
/** With one core there is nothing to measure. */
const cores = os.availableParallelism() > 1 ? await startCoreDistance() : undefined;

export interface Comparison {
  readonly title: string;
  /** Our process: the name of its script without its ending, and its arguments. */
  readonly ours: readonly [script: string, ...args: readonly string[]];
  /** PyTorch's process, likewise. */
  readonly theirs: readonly [script: string, ...args: readonly string[]];
  readonly rounds: number;
  /** The folder of a built checkout of another commit, whose process of the same script is measured too. */
  readonly before?: string | undefined;
  /** The unit that is timed. */
  readonly unit: string;
  /** A larger unit, and the number of batches that it takes. */
  readonly whole?: {readonly name: string; readonly batches: number};
}

/** Prints the machine that is measured. */
export function describeMachine(): void {
  console.log(
    `${os.cpus()[0]?.model.trim()}, ${os.availableParallelism()} cores, Node ${process.versions.node}, ` +
      `load ${os.loadavg()[0]!.toFixed(1)}`,
  );
  if (!hasPytorch()) console.log(`PyTorch is not installed for ${python}: ours alone`);
}

/**
 * Runs all available processes, and prints their medians and, for each rival, the median of the ratios of the rounds.
 */
export async function compare(comparison: Comparison): Promise<void> {
  console.log(`\n${comparison.title}`);
  const ours = await startOurs(comparison.ours, path.resolve(import.meta.dirname, '../..'));
  const rivals = await startRivals(comparison);
  for (const rival of rivals) assertSameResults(ours, rival);
  const times: number[] = [];
  const distances: number[] = [];
  for (let round = 0; round < comparison.rounds; round++) {
    await rest();
    if (cores !== undefined) distances.push(cores.measure());
    times.push(await ours.round());
    for (const {contender, times} of rivals) times.push(await contender.round());
  }
  if (distances.length > 0) {
    console.log(
      `  a word from one core to the other, before each round: ${nanoseconds(distances)}`,
    );
  }
  await report(ours, times, comparison);
  for (const rival of rivals) {
    await report(rival.contender, rival.times, comparison);
    reportRatios(rival, times);
  }
}

interface Rival {
  readonly name: string;
  readonly contender: Contender;
  /** Milliseconds of its rounds. */
  readonly times: number[];
}

async function startRivals({ours, theirs, before}: Comparison): Promise<readonly Rival[]> {
  const rivals: Rival[] = [];
  if (before !== undefined) {
    const contender = await startOurs(ours, path.resolve(before));
    rivals.push({name: 'the commit before', contender, times: []});
  }
  if (hasPytorch())
    rivals.push({name: 'PyTorch', contender: await startPytorch(theirs), times: []});
  return rivals;
}

function reportRatios(rival: Rival, ours: readonly number[]): void {
  const ratios = ours.map((time, round) => time / rival.times[round]!);
  const [low, high] = intervalOfMedian(ratios);
  console.log(
    `  ours / ${rival.name}: ${median(ratios).toFixed(2)} (95 %: ${low.toFixed(2)} to ${high.toFixed(2)}), ` +
      `load ${os.loadavg()[0]!.toFixed(1)}`,
  );
}

/**
 * Two of the numbers that enclose the median of their distribution with about 95 % confidence, for any distribution:
 * the number of n values below the median is binomial, with a standard deviation of √n / 2.
 */
function intervalOfMedian(numbers: readonly number[]): readonly [low: number, high: number] {
  const sorted = numbers.toSorted((a, b) => a - b);
  const rank = Math.max(0, Math.floor(sorted.length / 2 - 0.98 * Math.sqrt(sorted.length)));
  return [sorted[rank]!, sorted.at(-1 - rank)!];
}

/** A pause after which the threads of the last round have stopped polling. */
function rest(): Promise<void> {
  return setTimeout(200);
}

function nanoseconds(times: readonly number[]): string {
  return `${times.map((ns) => ns.toFixed(0)).join(' ')} ns`;
}

function startOurs([script, ...args]: Comparison['ours'], checkout: string): Promise<Contender> {
  const child = path.join(checkout, 'dist/bench', `${script}.js`);
  return startContender(process.execPath, [child, ...args], process.env);
}

function startPytorch([script, ...args]: Comparison['theirs']): Promise<Contender> {
  // This file runs from dist/bench, but the script stays in bench.
  const file = path.resolve(import.meta.dirname, `../../bench/${script}.py`);
  return startContender(python, [file, ...args], pythonEnvironment());
}

let isInstalled: boolean | undefined;

function hasPytorch(): boolean {
  isInstalled ??= existsSync(python) && importsTorch();
  return isInstalled;
}

function importsTorch(): boolean {
  try {
    execFileSync(python, ['-c', 'import torch'], {stdio: 'ignore', env: pythonEnvironment()});
    return true;
  } catch {
    return false;
  }
}

/**
 * Removes settings for other programs that would keep Debian's OpenBLAS from choosing its kernels for this processor.
 */
function pythonEnvironment(): NodeJS.ProcessEnv {
  const {OPENBLAS_CORETYPE: _, OPENBLAS_L2_SIZE: __, ...env} = process.env;
  return {...env, PYTHONDONTWRITEBYTECODE: '1'};
}

/** Different results would mean that different computations are timed. */
function assertSameResults(ours: Contender, {name: rival, contender}: Rival): void {
  for (const [name, a] of Object.entries(ours.introduction.results)) {
    const b = contender.introduction.results[name];
    if (b === undefined || !(Math.abs(a / b - 1) <= 1e-3)) {
      throw new Error(`Not the same ${name}: ${a}, and ${b} by ${rival}`);
    }
    console.log(`  ${name} ${a.toPrecision(6)}, by ${rival} ${b.toPrecision(6)}`);
  }
}

async function report(
  contender: Contender,
  stepsMs: readonly number[],
  {unit, whole}: Comparison,
): Promise<void> {
  const {processPeakBytes, enginePeakBytes} = await contender.finish();
  const engine = enginePeakBytes === undefined ? '' : `engine ${megabytes(enginePeakBytes)}, `;
  const middle = median(stepsMs);
  const all =
    whole === undefined ? '' : `, ${((middle * whole.batches) / 1000).toFixed(1)} s ${whole.name}`;
  console.log(
    `  ${contender.introduction.description}: median ${middle.toFixed(1)} ms/${unit} ` +
      `(best ${Math.min(...stepsMs).toFixed(1)})${all}; ` +
      `peak ${engine}process ${megabytes(processPeakBytes)}`,
  );
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle) - 1]!) / 2;
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
