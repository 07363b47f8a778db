/**
 * Compares our program with those of others and with an earlier commit. They are separate processes whose rounds
 * alternate, so that other load on the machine affects all of them.
 */
import os from 'node:os';
import path from 'node:path';
import {setTimeout} from 'node:timers/promises';
import {startContender, type Contender, type Peak} from './contender.ts';
import {startCoreDistance, type CoreDistance} from './core-distance.ts';
import {wordsOf, type EngineChoice} from './engine-choice.ts';
import {missingPeers, startPeer, type Peer} from './peers.ts';
import {
  byPlace,
  isLook,
  isNarrow,
  median,
  minRounds,
  narrow,
  ratioTo,
  type Place,
  type Ratio,
  type Round,
} from './rounds.ts';

export interface Comparison {
  readonly title: string;
  /** Our process: the name of its script without its ending, and its arguments. */
  readonly ours: readonly [script: string, ...args: readonly string[]];
  /** The engine of our process. */
  readonly engine: EngineChoice;
  readonly peers: readonly Peer[];
  readonly patience: Patience;
  /** The folder of a built checkout of another commit, whose process of the same script is measured too. */
  readonly before?: string | undefined;
  /** The unit that is timed. */
  readonly unit: string;
  /** A larger unit, and the number of batches that it takes. */
  readonly whole?: {readonly name: string; readonly batches: number};
}

/** Prints the machine that is measured, and which of these libraries it lacks. */
export function describeMachine(peers: readonly Peer['module'][] = ['torch', 'jax']): void {
  console.log(
    `${os.cpus()[0]?.model.trim()}, ${os.availableParallelism()} cores, Node ${process.versions.node}, ` +
      `load ${os.loadavg()[0]!.toFixed(1)}`,
  );
  for (const line of missingPeers(peers)) console.log(line);
}

/** How long a comparison goes on. */
export interface Patience {
  /** The exact number of rounds; if absent, rounds go on until the ratios are known well. */
  readonly rounds?: number | undefined;
  /** The time after which no round begins. */
  readonly limitMs: number;
}

/** Options of the command line for all comparisons. */
export const patienceOptions = {
  rounds: {type: 'string'},
  seconds: {type: 'string', default: '90'},
} as const;

export function patienceOf(given: {rounds?: string | undefined; seconds: string}): Patience {
  const {rounds, seconds} = given;
  return {
    rounds: rounds === undefined ? undefined : Number(rounds),
    limitMs: rounds === undefined ? 1000 * Number(seconds) : Infinity,
  };
}

/**
 * Runs all available processes in turn until the ratios are known well, and prints for each place of the cores the
 * medians and, for each rival, the median of the ratios of the rounds.
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
  const all = [{name: 'ours', contender: ours}, ...rivals];
  const rounds = await runRounds(all, cores, comparison.patience);
  const peaks = await Promise.all(all.map(({contender}) => contender.finish()));
  const places = byPlace(rounds);
  if (places.size === 0)
    console.log(`  the host moved the cores in each of ${rounds.length} rounds`);
  for (const [place, some] of places) {
    if (place !== 'unknown') console.log(placeText(place, some));
    all.forEach(({name, contender: {introduction}}, i) => {
      const stepsMs = some.map(({ms}) => ms[i]!);
      console.log(timesText(introduction.description, stepsMs, comparison) + peakText(peaks[i]!));
      if (i > 0) console.log(ratioText(name, ratioTo(i, some), some.length));
    });
  }
}

interface Rival {
  readonly name: string;
  readonly contender: Contender;
}

/** Runs rounds in which each contender has its turn, until they are enough. */
async function runRounds(
  contenders: readonly Rival[],
  cores: CoreDistance | undefined,
  {rounds: count, limitMs}: Patience,
): Promise<readonly Round[]> {
  const rounds: Round[] = [];
  const end = performance.now() + limitMs;
  let before = cores?.measure();
  const isEnough = (): boolean =>
    count !== undefined
      ? rounds.length >= count
      : performance.now() > end ||
        (isLook(rounds.length) && [...byPlace(rounds).values()].some(isNarrow));
  do {
    const ms: number[] = [];
    for (const {contender} of contenders) {
      await rest();
      ms.push(await contender.round());
    }
    await rest();
    const after = cores?.measure();
    rounds.push(before === undefined ? {ms} : {ms, coresNs: [before, after!]});
    before = after;
  } while (!isEnough());
  return rounds;
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
    rivals.push({name: 'the commit before', contender});
  }
  for (const peer of peers) {
    const contender = await startPeer(peer);
    if (typeof contender === 'string') console.log(`  without ${peer.name}: ${contender}`);
    else if (contender !== undefined) rivals.push({name: peer.name, contender});
  }
  return rivals;
}

function placeText(place: Place, rounds: readonly Round[]): string {
  const distance = median(rounds.flatMap(({coresNs}) => [...coresNs!])).toFixed(0);
  const cache = place === 'near' ? 'share a cache' : 'share no cache';
  return `  cores that ${cache} (a word takes ${distance} ns), ${rounds.length} rounds:`;
}

function ratioText(rival: string, {median: middle, low, high}: Ratio, rounds: number): string {
  const load = `load ${os.loadavg()[0]!.toFixed(1)}`;
  // The interval of fewer rounds is that of all of them, which holds the median less often.
  if (rounds < minRounds) {
    return `  ours / ${rival}: ${middle.toFixed(2)} (no interval: ${rounds} rounds), ${load}`;
  }
  const wide = high - low > narrow * middle ? ', not narrow' : '';
  return (
    `  ours / ${rival}: ${middle.toFixed(2)} (95 %: ${low.toFixed(2)} to ${high.toFixed(2)}${wide}; ` +
    `${rounds} rounds), ${load}`
  );
}

/** A pause after which the threads of the last round have stopped polling. */
function rest(): Promise<void> {
  return setTimeout(200);
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

function timesText(
  description: string,
  stepsMs: readonly number[],
  {unit, whole}: Comparison,
): string {
  const middle = median(stepsMs);
  const all =
    whole === undefined ? '' : `, ${((middle * whole.batches) / 1000).toFixed(3)} s ${whole.name}`;
  return (
    `  ${description}: median ${milliseconds(middle)} ms/${unit} ` +
    `(best ${milliseconds(Math.min(...stepsMs))})${all}; `
  );
}

function peakText({processPeakBytes, enginePeakBytes}: Peak): string {
  const engine = enginePeakBytes === undefined ? '' : `engine ${megabytes(enginePeakBytes)}, `;
  return `peak ${engine}process ${megabytes(processPeakBytes)}`;
}

function milliseconds(ms: number): string {
  return ms.toFixed(ms < 1 ? 3 : ms < 10 ? 2 : 1);
}

function megabytes(bytes: number): string {
  const millions = bytes / 1e6;
  return `${millions.toFixed(millions < 100 ? 1 : 0)} MB`;
}
