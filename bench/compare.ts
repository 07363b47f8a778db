/**
 * Compares our program with those of others and with an earlier commit. They are separate processes whose rounds
 * alternate, so that other load on the machine affects all of them.
 */
import os from 'node:os';
import path from 'node:path';
import {setTimeout} from 'node:timers/promises';
import {startContender, type Contender} from './contender.ts';
import {startCoreDistance, type CoreDistance} from './core-distance.ts';
import {wordsOf, type EngineChoice} from './engine-choice.ts';
import {missingPeers, startPeer, type Peer} from './peers.ts';

export interface Comparison {
  readonly title: string;
  /** Our process: the name of its script without its ending, and its arguments. */
  readonly ours: readonly [script: string, ...args: readonly string[]];
  /** The engine of our process. */
  readonly engine: EngineChoice;
  readonly peers: readonly Peer[];
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
  for (const line of missingPeers()) console.log(line);
}

/**
 * Runs all available processes, and prints their medians and, for each rival, the median of the ratios of the rounds.
 */
export async function compare(comparison: Comparison): Promise<void> {
  console.log(`\n${comparison.title}`);
  const ours = await startOurs(comparison, path.resolve(import.meta.dirname, '../..'));
  const cores = await coresOf(comparison.engine);
  const rivals: Rival[] = [];
  for (const rival of await startRivals(comparison)) {
    if (hasSameResults(ours, rival)) rivals.push(rival);
    else await rival.contender.finish();
  }
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

/** The words that start the measurement of cores' distance; none if there is only one core, or a GPU computes. */
async function coresOf({engine}: EngineChoice): Promise<CoreDistance | undefined> {
  const isMeasured = engine.startsWith('wasm') && os.availableParallelism() > 1;
  return isMeasured ? await startCoreDistance() : undefined;
}

async function startRivals(comparison: Comparison): Promise<readonly Rival[]> {
  const {before, peers} = comparison;
  const rivals: Rival[] = [];
  if (before !== undefined) {
    const contender = await startOurs(comparison, path.resolve(before));
    rivals.push({name: 'the commit before', contender, times: []});
  }
  for (const peer of peers) {
    const contender = await startPeer(peer);
    if (typeof contender === 'string') console.log(`  without ${peer.name}: ${contender}`);
    else if (contender !== undefined) rivals.push({name: peer.name, contender, times: []});
  }
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

async function startOurs(
  {ours: [script, ...args], engine}: Comparison,
  checkout: string,
): Promise<Contender> {
  const child = path.join(checkout, 'dist/bench', `${script}.js`);
  const words = [child, ...args, ...wordsOf(engine)];
  const contender = await startContender(process.execPath, words, process.env);
  if (typeof contender === 'string') throw new Error(contender);
  return contender;
}

/**
 * Whether a rival's results are ours: different ones would mean that different computations are timed. The process
 * then ends with an error.
 */
function hasSameResults(ours: Contender, {name: rival, contender}: Rival): boolean {
  const {results, tolerance = 1e-3} = contender.introduction;
  for (const [name, a] of Object.entries(ours.introduction.results)) {
    const b = results[name];
    if (b === undefined || !(Math.abs(a / b - 1) <= tolerance)) {
      console.log(`  not the same ${name}: ${a}, and ${b} by ${rival}, which is left out`);
      process.exitCode = 1;
      return false;
    }
    console.log(`  ${name} ${a.toPrecision(6)}, by ${rival} ${b.toPrecision(6)}`);
  }
  return true;
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
    whole === undefined ? '' : `, ${((middle * whole.batches) / 1000).toFixed(3)} s ${whole.name}`;
  console.log(
    `  ${contender.introduction.description}: median ${milliseconds(middle)} ms/${unit} ` +
      `(best ${milliseconds(Math.min(...stepsMs))})${all}; ` +
      `peak ${engine}process ${megabytes(processPeakBytes)}`,
  );
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle) - 1]!) / 2;
}

function milliseconds(ms: number): string {
  return ms.toFixed(ms < 1 ? 3 : ms < 10 ? 2 : 1);
}

function megabytes(bytes: number): string {
  const millions = bytes / 1e6;
  return `${millions.toFixed(millions < 100 ? 1 : 0)} MB`;
}
