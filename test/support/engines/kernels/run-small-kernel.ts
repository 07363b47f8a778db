import type {Code} from '../../../../src/tensor/kernels/code.ts';
import {add, group, multiply, thread} from '../../../../src/tensor/kernels/expressions.ts';
import type {Kernel} from '../../../../src/tensor/kernels/kernel.ts';
import {runKernel} from './kernel-interpreter.ts';

/** A kernel that reads memory 0 and writes memory 1. */
export function kernelOf(
  write: (code: Code) => void,
  {groups = 1, sharedVectors = 0, reads = new Set([0])} = {},
): Kernel {
  return {
    label: 'test',
    reads,
    writes: new Set([1]),
    flops: 0,
    size: () => ({groups, shared: sharedVectors}),
    write,
  };
}

/** Runs it on 0, 1, 2, …, and gives memory 1, which is NaN where nothing was stored. */
export function run(kernel: Kernel, threads = 4, size = 16): Float32Array {
  const out = new Float32Array(size).fill(NaN);
  runKernel(
    kernel,
    new Map([
      [0, Float32Array.from({length: size}, (_, at) => at)],
      [1, out],
    ]),
    threads,
  );
  return out;
}

/** The number of a thread among those of all workgroups of four. */
export const global = add(multiply(group, 4), thread);
