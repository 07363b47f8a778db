/** What the learning library asks of an engine, in small, beside the engine `wasm`. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {createModel} from '../../../src/learning/models/catalog.ts';
import {initialTheta} from '../../../src/learning/models/model.ts';
import {Random} from '../../../src/learning/random.ts';
import type {Engine} from '../../../src/tensor/engine.ts';
import {startWasmEngine} from '../../../src/tensor/engines/wasm/wasm-engine.ts';
import type {Program} from '../../../src/tensor/program.ts';
import {waves} from '../texts/waves.ts';
import {agreeWith} from './engine-suite.ts';
import {studentPrograms, type Sizes} from './learning-programs.ts';
import {
  evaluated,
  objectives,
  onCanvases,
  oneIteration,
  trained,
  unrolled,
  type Result,
} from './small-learning.ts';

interface LearningSuite {
  /** Tiles of four. */
  readonly quick: () => Promise<Engine>;
  /** Tiles of two. */
  readonly precise: () => Promise<Engine>;
  /** Whether all tests run: by default, those are left out whose kernels are much like others'. */
  readonly isAll: boolean;
  /** Whether the engine's software compiles quickly; otherwise an evaluation alone runs by default. */
  readonly isQuick: boolean;
}

export function learningSuite(name: string, {quick, precise, isAll, isQuick}: LearningSuite): void {
  const wasm = startWasmEngine({threads: 1, fused: false, tile: 2});

  test(`${name}: an evaluation agrees with wasm, and gives the same bytes again`, async () => {
    const engine = await quick();
    const found = await evaluated(engine);
    assertNear(found, await evaluated(wasm), 1e-4);
    assert.deepEqual(await evaluated(engine), found);
  });
  if (!isAll && !isQuick) return;

  test(`${name}: an iteration of ${unrolled} agrees with wasm, and gives the same bytes again`, async () => {
    const engine = await quick();
    const found = await oneIteration(engine, objectives[unrolled]);
    assertNear(found, await oneIteration(wasm, objectives[unrolled]), 1e-5);
    assert.deepEqual(await oneIteration(engine, objectives[unrolled]), found);
  });

  for (const [objective, settings] of Object.entries(objectives)) {
    if (objective === unrolled || (!isAll && objective === onCanvases)) continue;
    test(`${name}: an iteration of ${objective} agrees with wasm`, async () => {
      const found = await oneIteration(await quick(), settings);
      assertNear(found, await oneIteration(wasm, settings), 1e-4);
    });
  }

  const students = [
    {
      of: name,
      start: quick,
      tolerance: 1e-4,
      programs: studentsOf('ConvNetD2W8').slice(isAll ? 0 : 1),
    },
    {
      of: `${name}-precise`,
      start: precise,
      tolerance: 2e-5,
      programs: studentsOf('ConvNetD3W16').slice(0, 1),
    },
  ];
  for (const {of, start, tolerance, programs} of students) {
    for (const {network, part, program} of programs) {
      test(`${of}: ${part} of ${network} agrees with wasm`, async () => {
        const data = numbersFor(network, program);
        const expected = await run(wasm, program, data);
        await agreeWith(await start(), program, {data, expected}, tolerance);
      });
    }
  }

  test(`${name}: an epoch of an expert agrees with wasm`, async () => {
    assertNear(await trained(await quick()), await trained(wasm), 1e-4);
  });
}

interface StudentProgram {
  readonly network: keyof typeof networks;
  readonly part: string;
  readonly program: Program;
}

const networks: Readonly<Record<string, Sizes>> = {
  ConvNetD2W8: {size: 9, channels: 1, batch: 2},
  ConvNetD3W16: {size: 16, channels: 3, batch: 2},
};

function studentsOf(network: keyof typeof networks): readonly StudentProgram[] {
  const [step, back] = studentPrograms(network, networks[network]!);
  return [
    {network, part: 'a step', program: step},
    {network, part: 'the way back through a step', program: back},
  ];
}

/** Waves for all inputs but the parameters, which are those of a new network. */
function numbersFor(network: string, program: Program): Readonly<Record<string, Float64Array>> {
  const {size, channels} = networks[network]!;
  const input = {height: size, width: size, channels};
  const model = createModel(network, {input, classes: 10});
  const theta = Float64Array.from(initialTheta(model, new Random(1, 'theta')));
  return {...waves(program.inputs), theta};
}

async function run(
  engine: Engine,
  program: Program,
  data: Readonly<Record<string, Float64Array>>,
): Promise<Record<string, Float64Array>> {
  const inputs = Object.fromEntries(
    [...program.inputs].map(([name, shape]) => [
      name,
      engine.upload(Float32Array.from(data[name]!), shape),
    ]),
  );
  const outputs = engine.compile(program).run(inputs);
  const numbers: Record<string, Float64Array> = {};
  for (const [name, tensor] of Object.entries(outputs)) {
    numbers[name] = Float64Array.from(await engine.read(tensor));
    tensor.dispose();
  }
  for (const tensor of Object.values(inputs)) tensor.dispose();
  return numbers;
}

/** Compares numbers relative to the largest of their name. */
function assertNear(found: Result, expected: Result, tolerance: number): void {
  assert.deepEqual(Object.keys(found), Object.keys(expected));
  for (const [name, numbers] of Object.entries(expected)) {
    const largest = numbers.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    assert.ok(largest > 0, `${name} is zero`);
    numbers.forEach((x, i) => {
      const y = found[name]![i]!;
      const isNear = Math.abs(y - x) <= tolerance * largest;
      assert.ok(isNear, `${name}[${i}]: ${y} instead of ${x}, at most ${largest}`);
    });
  }
}
