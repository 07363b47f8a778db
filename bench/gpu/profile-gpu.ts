/** Times the dispatches of programs one by one, and writes the times beside the predicted ones, as Markdown. */
import {compileForGpu, type CompiledProgram} from '../../src/tensor/compile/gpu/compile.ts';
import type {Device, TimedLaunch} from '../../src/tensor/engines/gpu/device.ts';
import {GpuEngine} from '../../src/tensor/engines/gpu/gpu-engine.ts';
import type {BindingSource} from '../../src/tensor/kernels/kernel.ts';
import {sizeOf} from '../../src/tensor/shape.ts';
import {closeEngine, startChosen, type EngineChoice} from '../engine-choice.ts';
import {measureLaunch} from './launch-time.ts';
import {launchUs, predictUs} from './prediction.ts';
import {programsOf, type ProfiledProgram} from './programs.ts';
import {titleOf} from './titles.ts';

export interface ProfileOptions extends EngineChoice {
  /** Names of `programsOf`. */
  readonly names: readonly string[];
  /** How often each dispatch is timed; the median counts. */
  readonly rounds: number;
}

export async function profileGpu({names, rounds, ...choice}: ProfileOptions): Promise<void> {
  const engine = await startChosen(choice);
  if (!(engine instanceof GpuEngine)) throw new Error(`${engine.name} is no engine for GPUs`);
  const device = engine.device as AnyDevice;
  const tile = engine.name.endsWith('-precise') ? 2 : 4;
  print(`${engine.name}: ${engine.description}`);
  const {together, alone} = await measureLaunch(device);
  print(
    `A launch of nothing takes ${micro(together)} µs in a row of many (predicted ${launchUs})` +
      (alone === undefined ? '.' : `, and ${micro(alone)} µs by the device's clock.`),
  );
  for (const name of names) {
    for (const profiled of programsOf(name)) await profile(device, profiled, {tile, rounds});
  }
  closeEngine(engine);
}

type AnyDevice = Device<object, object>;

async function profile(
  device: AnyDevice,
  {title, program, batch, numbersOf}: ProfiledProgram,
  {tile, rounds}: {readonly tile: 2 | 4; readonly rounds: number},
): Promise<void> {
  const begin = performance.now();
  const compiled = compileForGpu(program, {limits: device.limits, tile});
  const passes = performance.now();
  const pipelines = compiled.dispatches.map((dispatch) => device.prepare(dispatch));
  await device.build?.(pipelines);
  const built = performance.now();
  const memoryOf = memoriesOf(device, compiled, {program, numbersOf});
  const launches = compiled.dispatches.map(({bindings}, i) => ({
    pipeline: pipelines[i]!,
    memories: bindings.map(({source}) => memoryOf.get(keyOf(source))!),
  }));
  const first = await timeWall(device, launches, 1);
  const times = await medianTimes(device, launches, rounds);
  const once = await timeWall(device, launches, 1);
  const repeats = Math.max(1, Math.min(50, Math.floor(500 / once)));
  const wall = await timeWall(device, launches, repeats);
  print(`\n### ${title}\n`);
  print(
    `${launches.length} dispatches; compiled in ${(passes - begin).toFixed(0)} ms by us and ` +
      `${(built - passes).toFixed(0)} ms by the driver; the first run took ${first.toFixed(1)} ms.\n`,
  );
  printTable(compiled, {batch, times, wall, repeats});
  for (const memory of new Set(memoryOf.values())) device.free(memory);
}

/** Memories of arenas, inputs and outputs, the inputs filled. */
function memoriesOf(
  device: AnyDevice,
  {arenas, dispatches}: CompiledProgram,
  {program: {inputs, outputs, steps}, numbersOf}: Pick<ProfiledProgram, 'program' | 'numbersOf'>,
): ReadonlyMap<string, object> {
  const memories = new Map<string, object>();
  const allocate = (source: BindingSource, size: number): object => {
    const memory = device.allocate(Math.max(16, Math.ceil(size / 4) * 16));
    memories.set(keyOf(source), memory);
    return memory;
  };
  arenas.forEach(({size}, arena) => allocate({kind: 'arena', arena}, size));
  for (const [name, shape] of inputs) {
    device.write(allocate({kind: 'input', name}, sizeOf(shape)), numbersOf(name, shape));
  }
  for (const [name, step] of outputs) {
    allocate({kind: 'output', name}, sizeOf(steps[step]!.value.shape));
  }
  const bound = dispatches.flatMap(({bindings}) => bindings);
  for (const {source} of bound) {
    if (!memories.has(keyOf(source))) throw new Error(`There is no memory for ${keyOf(source)}`);
  }
  return memories;
}

function keyOf(source: BindingSource): string {
  return source.kind === 'arena' ? `arena ${source.arena}` : `${source.kind} ${source.name}`;
}

/** The median of each launch's milliseconds, after a round that does not count; `undefined` without a clock. */
async function medianTimes(
  device: AnyDevice,
  launches: readonly TimedLaunch<object, object>[],
  rounds: number,
): Promise<readonly number[] | undefined> {
  const all: (readonly number[])[] = [];
  for (let round = 0; round <= rounds; round++) {
    const times = await device.time?.(launches);
    if (times === undefined) return undefined;
    if (round > 0) all.push(times);
  }
  return launches.map((_, i) => {
    const sorted = all.map((times) => times[i]!).sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)]!;
  });
}

/** Milliseconds of a run, by the host's clock, over several in a row. */
async function timeWall(
  device: AnyDevice,
  launches: readonly TimedLaunch<object, object>[],
  repeats: number,
): Promise<number> {
  const {memories} = launches.at(-1)!;
  const start = performance.now();
  for (let i = 0; i < repeats; i++) {
    for (const {pipeline, memories} of launches) device.launch(pipeline, memories);
  }
  await device.read([{memory: memories[0]!, size: 1}]);
  return (performance.now() - start) / repeats;
}

interface Measured {
  readonly batch: number;
  readonly times: readonly number[] | undefined;
  /** Milliseconds of a whole run. */
  readonly wall: number;
  readonly repeats: number;
}

function printTable({dispatches}: CompiledProgram, {batch, times, wall, repeats}: Measured): void {
  print('| dispatch | groups × threads | GFLOP | MB | predicted µs | measured µs | ratio |');
  print('| --- | --: | --: | --: | --: | --: | --: |');
  let [predictedSum, measuredSum] = [0, 0];
  dispatches.forEach(({labels, groups, threads, cost}, i) => {
    const predicted = predictUs(cost, batch);
    const measured = times === undefined ? NaN : 1000 * times[i]!;
    predictedSum += predicted;
    measuredSum += measured;
    row([
      titleOf(labels),
      `${groups} × ${threads}`,
      (cost.flops / 1e9).toFixed(3),
      (cost.bytes / 1e6).toFixed(2),
      ...compared(predicted, measured),
    ]);
  });
  row(['**sum**', '', '', '', ...compared(predictedSum, measuredSum)]);
  row([`a run, of ${repeats} in a row`, '', '', '', ...compared(predictedSum, 1000 * wall)]);
}

function compared(predicted: number, measured: number): readonly string[] {
  if (Number.isNaN(measured)) return [micro(predicted), 'no clock', ''];
  return [micro(predicted), micro(measured), (measured / predicted).toFixed(2)];
}

function micro(us: number): string {
  return us.toFixed(1);
}

function row(cells: readonly string[]): void {
  print(`| ${cells.join(' | ')} |`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
