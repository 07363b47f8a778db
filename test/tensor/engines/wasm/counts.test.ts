import assert from 'node:assert/strict';
import {test} from 'node:test';
import {roundsOf} from '../../../../src/tensor/compile/cpu/rounds.ts';
import type {KernelName} from '../../../../src/tensor/engines/wasm/kernel-signatures.ts';
import {lower} from '../../../../src/tensor/engines/wasm/lower/lower.ts';
import type {Program} from '../../../../src/tensor/program.ts';
import {studentPrograms} from '../../../support/laws/pass-contract.ts';

interface Counts {
  readonly commands: number;
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
    rounds: roundsOf(commands).length,
    products: count('multiplyMatrices'),
    inverse: count('transformOutput', 'transformFilterTranspose'),
    copies: count('copyBlock'),
  };
}

// These counts grow if a fusion is lost. The networks are configurations A and B of `bench/configurations.ts`.
test('a student step of width 128 and the way back take no more commands than they should', () => {
  const [step, back] = studentPrograms('ConvNetD3W128', {size: 32, channels: 3, batch: 10});
  const [a, b] = [countsOf(step), countsOf(back)];
  assert.deepEqual(a, {commands: 100, rounds: 71, products: 11, inverse: 6, copies: 11});
  assert.deepEqual(b, {commands: 158, rounds: 85, products: 19, inverse: 10, copies: 16});
});

test('a student step of width 32 and the way back take no more commands than they should', () => {
  const [step, back] = studentPrograms('ConvNetD3W32', {size: 28, channels: 1, batch: 10});
  const [a, b] = [countsOf(step), countsOf(back)];
  assert.deepEqual(a, {commands: 95, rounds: 67, products: 11, inverse: 6, copies: 11});
  assert.deepEqual(b, {commands: 148, rounds: 79, products: 19, inverse: 10, copies: 16});
});
