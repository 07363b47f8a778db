/**
 * Simulates a program of the engine `wasm` on more threads from its commands: the work of the slowest thread of each
 * round, the times at which threads wait for each other, and the bytes that a thread reads and others wrote.
 */
import {wholeOf, type Buffer, type BufferUse} from '../src/tensor/compile/cpu/buffer.ts';
import {roundsOf} from '../src/tensor/compile/cpu/rounds.ts';
import {piecesOf} from '../src/tensor/compile/cpu/pieces.ts';
import {planWorkspace} from '../src/tensor/compile/cpu/workspace.ts';
import type {Command} from '../src/tensor/engines/wasm/lower/command.ts';
import {lower} from '../src/tensor/engines/wasm/lower/lower.ts';
import type {Program} from '../src/tensor/program.ts';

export interface Simulation {
  readonly threads: number;
  /** The work of the slowest threads of all rounds, in multiply-adds, without waiting. */
  readonly path: number;
  readonly barriers: number;
  /** Bytes that a thread reads and others wrote. */
  readonly foreignBytes: number;
  /** The speed-up over one thread, for each thread: barriers and foreign bytes included. */
  readonly efficiency: number;
}

/** Multiply-adds of a product in the time in which a thread reads or writes a number. */
const perNumber = 6;
/** The same for a number that another thread wrote, beyond that: three times as long where cores share no cache. */
const perForeignNumber = 12;
/** The same for each thread that a barrier or an offer of pieces waits for: a word from core to core takes 100 ns. */
const perWaiting = 2400;

/** Simulates a run of programs one after the other. */
export function simulate(programs: readonly Program[], threads: number): Simulation {
  const alone = programs.map((program) => runOf(program, 1));
  const shared = programs.map((program) => runOf(program, threads));
  const path = sumOf(shared, 'path');
  const barriers = sumOf(shared, 'barriers');
  const foreignBytes = sumOf(shared, 'foreignBytes');
  const waits = barriers + sumOf(shared, 'offers');
  const waiting = threads === 1 ? 0 : waits * perWaiting * threads;
  const time = path + (foreignBytes / 4) * perForeignNumber + waiting;
  return {threads, path, barriers, foreignBytes, efficiency: sumOf(alone, 'path') / time / threads};
}

interface Run extends Pick<Simulation, 'path' | 'barriers' | 'foreignBytes'> {
  /** Commands of which threads offer each other pieces. Each looks at the offers of all others. */
  readonly offers: number;
}

function sumOf(runs: readonly Run[], part: keyof Run): number {
  return runs.reduce((sum, run) => sum + run[part], 0);
}

function runOf(program: Program, threads: number): Run {
  const {commands, inputs, outputs} = lower(program, 4);
  const rounds = roundsOf(commands, threads);
  const given = new Set([...inputs.values(), ...outputs.values()]);
  const {places} = planWorkspace(rounds, given, threads);
  const isOwn = (buffer: Buffer): boolean => places.get(wholeOf(buffer))?.isDivided === true;
  let [path, foreignBytes, offers] = [0, 0, 0];
  for (const round of rounds) {
    const slowest = new Float64Array(threads);
    for (const command of round) {
      const pieces = piecesOf(command, threads);
      addShares(command, pieces, slowest);
      foreignBytes += foreignBytesOf(command, threads, isOwn);
      if (pieces !== undefined) offers++;
    }
    path += Math.max(...slowest);
  }
  return {path, barriers: rounds.length, offers, foreignBytes};
}

/** Adds the work of a command to that of the threads: each does its part, or takes the next piece when it is done. */
function addShares(command: Command, pieces: number | undefined, work: Float64Array): void {
  const shares = sharesOf(command, pieces ?? work.length);
  for (const [index, share] of shares.entries()) {
    const thread = pieces === undefined ? index : work.indexOf(Math.min(...work));
    work[thread]! += share * workOf(command);
  }
}

/** The part of a command's work in each of its parts: whole tasks, as `partOf` in the kernels divides them. */
function sharesOf(command: Command, parts: number): readonly number[] {
  const tasks = tasksOf(command);
  const begin = (part: number): number => Math.floor((tasks * part) / parts);
  return Array.from({length: parts}, (_, part) => (begin(part + 1) - begin(part)) / tasks);
}

/** The tasks that the kernels divide among threads. */
function tasksOf(command: Command): number {
  const {partition, writes} = command;
  if (command.kernel === 'multiplyMatrices') {
    const {batch, m, n, rows} = command.args;
    return batch * Math.ceil(m / rows) * Math.ceil(n / 8);
  }
  if (command.kernel === 'elementwise') {
    const {groups, parts, inner} = command.args;
    return groups * parts * Math.ceil(inner / 2048);
  }
  if (command.kernel === 'convolveTiles') {
    const {n, down, across} = command.args;
    return Math.ceil((n * down * across) / 4);
  }
  if ('across' in command.args) return command.args.n * command.args.down * command.args.across;
  if ('o' in command.args) return command.args.c;
  return partition?.count ?? Math.max(1, Math.ceil(numbersOf(writes) / 64));
}

function workOf({kernel, args, reads, writes}: Command): number {
  const moved = perNumber * numbersOf([...reads, ...writes]);
  if (kernel === 'convolveTiles') {
    const {n, down, across, tile, inner, c, pairs} = args;
    return moved + n * down * across * (tile + 2) ** 2 * inner * c * pairs.length;
  }
  if (kernel !== 'multiplyMatrices') return moved;
  const {batch, m, n, k, pairs} = args;
  return batch * m * n * k * pairs.length;
}

/**
 * Gives the bytes of this command's operands that a thread reads and others wrote. A thread reads none of its own
 * memory, the part of other memory that its pieces need, and all of operands that are not cut, such as filters. Each
 * thread that computes some columns of a product reads its matrices whole.
 */
function foreignBytesOf(
  {kernel, args, reads, partition}: Command,
  threads: number,
  isOwn: (buffer: Buffer) => boolean,
): number {
  const cut = new Set([...(partition?.of ?? []), ...(partition?.tiles ?? [])].map(wholeOf));
  const partsOf = (buffer: Buffer): number => {
    if (kernel === 'multiplyMatrices') return Math.min(args.batch, threads);
    return partition === undefined || cut.has(wholeOf(buffer)) ? threads : 1;
  };
  return reads
    .filter((buffer) => !isOwn(buffer))
    .reduce((sum, buffer) => sum + ((4 * buffer.size) / partsOf(buffer)) * (1 - 1 / threads), 0);
}

function numbersOf(buffers: BufferUse['reads']): number {
  return buffers.reduce((sum, {size}) => sum + size, 0);
}
