import type {Engine, Tensor} from '../../engine.ts';
import type {CalibrationTask} from './calibration-task.ts';

/** The numbers that an engine computed, and its speed. */
export interface Tried {
  readonly numbers: Readonly<Record<'loss' | 'gradient', Float32Array>>;
  /** For one run of the program. */
  readonly milliseconds: number;
}

/** Limits the time for which one engine is measured; compiling, and two runs that each engine makes, come before. */
const budgetMs = 200;
/** The median of an odd number of rounds is one of them. */
const rounds = 5;
/** The most runs of a round. Training asks for many before it reads a number. */
const mostRuns = 16;

/**
 * Runs the task on an engine, and measures how long it takes once everything is compiled.
 * @param now in milliseconds
 */
export async function tryEngine(
  engine: Engine,
  {program, inputs}: CalibrationTask,
  now: () => number,
): Promise<Tried> {
  const executable = engine.compile(program);
  await executable.prepare?.();
  const given = new Map<string, Tensor>();
  try {
    for (const [name, {data, shape}] of inputs) given.set(name, engine.upload(data, shape));
    const run = () => executable.run(Object.fromEntries(given));
    const numbers = await readAll(engine, run());
    return {numbers, milliseconds: await measure(engine, run, now)};
  } finally {
    for (const tensor of given.values()) tensor.dispose();
    engine.resetPeak();
  }
}

type Outputs = Readonly<Record<'loss' | 'gradient', Tensor>>;

async function readAll(engine: Engine, {loss, gradient}: Outputs): Promise<Tried['numbers']> {
  try {
    const [one, all] = await Promise.all([engine.read(loss), engine.read(gradient)]);
    return {loss: one, gradient: all};
  } finally {
    loss.dispose();
    gradient.dispose();
  }
}

/** The median of rounds, by the time of one run. The first run tells how many of them a round has. */
async function measure(engine: Engine, run: () => Outputs, now: () => number): Promise<number> {
  const start = now();
  const first = await round(engine, run, {runs: 1, now});
  const share = budgetMs / rounds / Math.max(first, 1e-3);
  const runs = Math.min(mostRuns, Math.max(1, Math.floor(share)));
  const found: number[] = runs === 1 ? [first] : [];
  while (found.length < rounds && (found.length === 0 || now() - start < budgetMs)) {
    found.push(await round(engine, run, {runs, now}));
  }
  found.sort((a, b) => a - b);
  return found[Math.floor((found.length - 1) / 2)]!;
}

/** The time of one run, from several that are read once. */
async function round(
  engine: Engine,
  run: () => Outputs,
  {runs, now}: {readonly runs: number; readonly now: () => number},
): Promise<number> {
  const start = now();
  for (let i = 1; i < runs; i++) dispose(run());
  const last = run();
  try {
    await engine.read(last.loss);
  } finally {
    dispose(last);
  }
  return (now() - start) / runs;
}

function dispose({loss, gradient}: Outputs): void {
  loss.dispose();
  gradient.dispose();
}
