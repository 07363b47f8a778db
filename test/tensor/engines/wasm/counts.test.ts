import assert from 'node:assert/strict';
import {test} from 'node:test';
import {roundsOf} from '../../../../src/tensor/compile/cpu/rounds.ts';
import type {KernelName} from '../../../../src/tensor/engines/wasm/kernel-signatures.ts';
import {lower} from '../../../../src/tensor/engines/wasm/lower/lower.ts';
import {parseStrategy} from '../../../../src/learning/augmentation/strategy.ts';
import {drawnBatches} from '../../../../src/learning/batches/drawn-batches.ts';
import {Picking} from '../../../../src/learning/batches/picking.ts';
import {noCanvas} from '../../../../src/learning/data/canvas.ts';
import {createStudent} from '../../../../src/learning/distillation/trajectories/student.ts';
import {createModel} from '../../../../src/learning/models/catalog.ts';
import {Random} from '../../../../src/learning/random.ts';
import type {Engine, Executable, Tensor} from '../../../../src/tensor/engine.ts';
import type {Shape} from '../../../../src/tensor/shape.ts';
import type {Program} from '../../../../src/tensor/program.ts';
import {studentPrograms} from '../../../support/engines/learning-programs.ts';

interface Counts {
  readonly commands: number;
  /** Rounds of two threads, which wait for each other after each. */
  readonly rounds: number;
  readonly products: number;
  /** Transforms out of the Winograd domain. */
  readonly inverse: number;
  readonly copies: number;
}

function countsOf(program: Program): Counts {
  const {commands} = lower(program, 4);
  const count = (...names: readonly KernelName[]): number =>
    commands.filter(({kernel}) => names.includes(kernel)).length;
  return {
    commands: commands.length,
    rounds: roundsOf(commands, 2).length,
    products: count('multiplyMatrices', 'convolveTiles'),
    inverse: count('transformOutput', 'convolveTiles', 'transformFilterTranspose'),
    copies: count('copyBlock'),
  };
}

// These counts grow if a fusion is lost. The networks are configurations A and B of `bench/configurations.ts`.
test('a student step of width 128 and the way back take no more commands than they should', () => {
  const [step, back] = studentPrograms('ConvNetD3W128', {size: 32, channels: 3, batch: 10});
  const [a, b] = [countsOf(step), countsOf(back)];
  assert.deepEqual(a, {commands: 87, rounds: 35, products: 11, inverse: 6, copies: 11});
  assert.deepEqual(b, {commands: 134, rounds: 47, products: 19, inverse: 10, copies: 16});
});

test('a student step of width 32 and the way back take no more commands than they should', () => {
  const [step, back] = studentPrograms('ConvNetD3W32', {size: 28, channels: 1, batch: 10});
  const [a, b] = [countsOf(step), countsOf(back)];
  assert.deepEqual(a, {commands: 81, rounds: 34, products: 11, inverse: 6, copies: 11});
  assert.deepEqual(b, {commands: 121, rounds: 42, products: 19, inverse: 10, copies: 16});
});

/** The same programs, which pick and augment their images themselves. */
function drawnPrograms(strategy: string): readonly [step: Program, back: Program] {
  const programs: Program[] = [];
  const tensor = (shape: Shape): Tensor => ({shape, dispose: () => undefined});
  const engine = {
    upload: (_: Float32Array, shape: Shape) => tensor(shape),
    compile(program: Program): Executable {
      programs.push(program);
      return {run: () => ({})};
    },
  } as unknown as Engine;
  const input = {height: 32, width: 32, channels: 3};
  const model = createModel('ConvNetD3W128', {input, classes: 10});
  const indices = Int32Array.from({length: 10}, (_, i) => i);
  const from = {images: tensor([10, 32, 32, 3]), labels: tensor([10, 1]), indices};
  const options = {model, batch: 10, canvas: noCanvas, strategy: parseStrategy(strategy)};
  const random = new Random(1);
  const batch = new Picking(options).upload(engine, from, {window: random, augment: random});
  const student = createStudent(engine, model, 'exact', drawnBatches(model));
  const scalar = tensor([]);
  student.step(scalar, batch, scalar);
  student.backFrom({images: scalar, alpha: scalar, lambda: scalar}, scalar, batch, scalar);
  return programs as unknown as readonly [Program, Program];
}

test('picking and augmenting images within the step and the way back takes few commands more', () => {
  for (const [strategy, inStep, inBack] of [
    ['none', 89, 138],
    ['crop', 90, 140],
    ['color', 97, 151],
    ['cutout', 97, 146],
  ] as const) {
    const counts = drawnPrograms(strategy).map((program) => countsOf(program));
    assert.deepEqual(
      [strategy, ...counts.map(({commands}) => commands)],
      [strategy, inStep, inBack],
    );
    assert.deepEqual(
      counts.map(({products}) => products),
      [11, 19],
    );
  }
});
