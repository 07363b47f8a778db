/**
 * The time of a student step on the engine `wasm`, kernel by kernel. Each command is timed by itself many times, and its
 * minimum counts, which excludes other work on the machine. Arguments: the configuration, the threads.
 */
import {parseArgs} from 'node:util';
import type {ArgumentsOf, Command} from '../src/tensor/engines/wasm/lower/command.ts';
import {startWasmEngine} from '../src/tensor/engines/wasm/wasm-engine.ts';
import {configurationOf} from './configurations.ts';
import {crossingBytes} from './crossing.ts';
import {createWorkload} from './workload.ts';

const {positionals} = parseArgs({allowPositionals: true, strict: false});
const [name = 'A', threadsText = '2'] = positionals;
const configuration = configurationOf(name);
const threads = Number(threadsText);
const least = new Map<Command, number>();
/**
 * Lower limits in GFLOP/s per thread, over all products of a step, with and without fused multiply-add: two thirds of
 * the rates of the AMD EPYC on which the engine was written (48 and 37), and more than it reaches with sums in memory
 * (18 to 30).
 */
const [fusedFloor, plainFloor] = [32, 25];
const engine = startWasmEngine({
  threads,
  observe: (command, ms) => least.set(command, Math.min(ms, least.get(command) ?? Infinity)),
});
const {stepsAndBacks} = createWorkload(engine, configuration);
await stepsAndBacks(Math.max(6, 4 * configuration.steps));

const total = [...least.values()].reduce((sum, ms) => sum + ms, 0);
const crossing = crossingBytes([...least.keys()], threads) / 1e6;
console.log(
  `${name}: ${total.toFixed(2)} ms a step, ${least.size} commands, ${threads} threads, ` +
    `${crossing.toFixed(1)} MB from core to core`,
);
const byKernel = new Map<string, [ms: number, count: number]>();
for (const [command, ms] of least) {
  const [before, count] = byKernel.get(command.kernel) ?? [0, 0];
  byKernel.set(command.kernel, [before + ms, count + 1]);
}
for (const [kernel, [ms, count]] of [...byKernel].sort(([, [a]], [, [b]]) => b - a)) {
  console.log(row(ms, `${count} × ${kernel}`));
}
reportProducts();

console.log('\nThe slowest:');
const slowest = [...least].sort(([, a], [, b]) => b - a).slice(0, 40);
for (const [command, ms] of slowest) console.log(row(ms, described(command, ms)));

/**
 * Reports the rate of products, and ends with an error if it is below the limit. A new version of V8 may keep the
 * microkernel's sums in memory rather than in registers, which halves the rate.
 */
function reportProducts(): void {
  let [flops, ms] = [0, 0];
  for (const [command, time] of least) {
    if (command.kernel !== 'multiplyMatrices') continue;
    flops += flopsOf(command.args);
    ms += time;
  }
  const rate = flops / (1e6 * ms * threads);
  const floor = engine.isFused ? fusedFloor : plainFloor;
  console.log(`\nMatrix products: ${rate.toFixed(1)} GFLOP/s a thread; the floor is ${floor}`);
  if (rate < floor) process.exitCode = 1;
}

function flopsOf({batch, m, n, k, pairs}: ArgumentsOf<'multiplyMatrices'>): number {
  return 2 * batch * m * n * k * pairs.length;
}

function row(ms: number, text: string): string {
  return `${ms.toFixed(3).padStart(9)} ms ${((100 * ms) / total).toFixed(1).padStart(5)} %  ${text}`;
}

/** A description: products with their rate, other commands with the buffers that they read and write. */
function described(command: Command, ms: number): string {
  const {kernel} = command;
  if (kernel === 'multiplyMatrices') {
    const {batch, m, n, k, pairs} = command.args;
    const rate = flopsOf(command.args) / (1e6 * ms);
    const product = `${pairs.length} × [${m}, ${k}]·[${k}, ${n}]`;
    return `${kernel} ${batch} × ${product}, ${rate.toFixed(1)} GFLOP/s`;
  }
  const megabytes = (sizes: readonly {readonly size: number}[]): string =>
    sizes.map(({size}) => ((4 * size) / 1e6).toFixed(2)).join(' + ');
  return `${kernel}: ${megabytes(command.reads)} → ${megabytes(command.writes)} MB`;
}
