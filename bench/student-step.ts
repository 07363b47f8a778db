/**
 * `npm run bench:student-step -- [--rounds N] [--config A,B,C]`: milliseconds a student step (gradient and adjoint) and
 * peak memory, against a plain PyTorch script where PyTorch is installed. Both start from the same numbers, and their
 * rounds alternate, so that what else the machine does meets both.
 */
import {execFileSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {parseArgs} from 'node:util';
import {classes, configurations, depth, stepSize, type Configuration} from './configurations.ts';
import {startContender, type Contender} from './contender.ts';

const {values} = parseArgs({
  options: {
    rounds: {type: 'string', default: '5'},
    config: {type: 'string', default: Object.keys(configurations).join()},
  },
});
const rounds = Number(values.rounds);
const python = '/usr/bin/python3';
// Compiled to dist/bench: the script stays where it is.
const script = path.resolve(import.meta.dirname, '../../bench/student-step.py');
const hasPytorch = existsSync(python) && importsTorch();

console.log(
  `${os.cpus()[0]?.model.trim()}, ${os.availableParallelism()} cores, Node ${process.versions.node}, ` +
    `load ${os.loadavg()[0]!.toFixed(1)}`,
);
if (!hasPytorch) console.log(`PyTorch is not installed for ${python}: ours alone`);
for (const name of values.config.split(',')) {
  const configuration = configurations[name];
  if (configuration === undefined) throw new Error(`There is no configuration ${name}`);
  await measure(name, configuration);
}

async function measure(name: string, configuration: Configuration): Promise<void> {
  const {width, channels, size, batch} = configuration;
  console.log(
    `\n${name}: ConvNet width ${width}, depth ${depth}, batch ${batch} of ${size}×${size}×${channels}`,
  );
  const ours = await startOurs(name);
  const theirs = hasPytorch ? await startPytorch(configuration) : undefined;
  if (theirs !== undefined) assertSameLoss(ours, theirs);
  const times: {ours: number; theirs?: number}[] = [];
  for (let round = 0; round < rounds; round++) {
    const time = {ours: await ours.round()};
    times.push(theirs === undefined ? time : {...time, theirs: await theirs.round()});
  }
  await report(
    ours,
    times.map(({ours}) => ours),
  );
  if (theirs === undefined) return;
  await report(
    theirs,
    times.map(({theirs}) => theirs!),
  );
  const ratio = median(times.map(({ours, theirs}) => ours / theirs!));
  console.log(`  ours / PyTorch: ${ratio.toFixed(2)}, load ${os.loadavg()[0]!.toFixed(1)}`);
}

function startOurs(name: string): Promise<Contender> {
  const child = path.join(import.meta.dirname, 'student-step-ours.js');
  return startContender(process.execPath, [child, name], process.env);
}

function startPytorch(configuration: Configuration): Promise<Contender> {
  const {width, channels, size, batch, steps} = configuration;
  const args = [width, channels, size, batch, steps, depth, classes, stepSize].map(String);
  return startContender(python, [script, ...args], pythonEnvironment());
}

function importsTorch(): boolean {
  try {
    execFileSync(python, ['-c', 'import torch'], {stdio: 'ignore', env: pythonEnvironment()});
    return true;
  } catch {
    return false;
  }
}

/** Settings made for other programs keep Debian's OpenBLAS from choosing its kernels for this processor. */
function pythonEnvironment(): NodeJS.ProcessEnv {
  const {OPENBLAS_CORETYPE: _, OPENBLAS_L2_SIZE: __, ...env} = process.env;
  return env;
}

/** Different losses would mean that different things are timed. */
function assertSameLoss(ours: Contender, theirs: Contender): void {
  const [a, b] = [ours.introduction.loss, theirs.introduction.loss];
  if (!(Math.abs(a - b) <= 1e-3)) throw new Error(`The losses differ: ${a} and PyTorch's ${b}`);
  console.log(`  first loss ${a.toFixed(5)}, PyTorch's ${b.toFixed(5)}`);
}

async function report(contender: Contender, stepsMs: readonly number[]): Promise<void> {
  const {processPeakBytes, enginePeakBytes} = await contender.finish();
  const engine = enginePeakBytes === undefined ? '' : `engine ${megabytes(enginePeakBytes)}, `;
  console.log(
    `  ${contender.introduction.description}: median ${median(stepsMs).toFixed(1)} ms/step ` +
      `(best ${Math.min(...stepsMs).toFixed(1)}); peak ${engine}process ${megabytes(processPeakBytes)}`,
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
