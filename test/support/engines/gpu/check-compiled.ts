import assert from 'node:assert/strict';
import {compileForGpu, type CompiledProgram} from '../../../../src/tensor/compile/gpu/compile.ts';
import {guaranteedLimits, type Limits} from '../../../../src/tensor/kernels/kernel.ts';
import type {Program} from '../../../../src/tensor/program.ts';
import {sizeOf} from '../../../../src/tensor/shape.ts';
import {run64} from '../float64.ts';
import {runGpuProgram} from './run-gpu-program.ts';

/** Compiles a program, runs it with all checks of the interpreter, and compares it with float64. */
export function checkCompiled(
  given: Program,
  data: Readonly<Record<string, Float64Array>>,
  {limits = guaranteedLimits, tile = 4, tolerance = 1e-4}: Partial<Options> = {},
): CompiledProgram {
  const compiled = compileForGpu(given, {limits, tile});
  for (const {bindings, threads, shared} of compiled.dispatches) {
    assert.ok(bindings.length <= limits.bindings);
    assert.ok(threads <= limits.threads);
    assert.ok(16 * shared <= limits.sharedBytes);
  }
  const singles = Object.entries(data).map(([name, x]) => [name, Float32Array.from(x)] as const);
  const sizes = [...given.outputs].map(
    ([name, step]) => [name, sizeOf(given.steps[step]!.value.shape)] as const,
  );
  const actual = runGpuProgram(compiled, Object.fromEntries(singles), Object.fromEntries(sizes));
  const doubles = singles.map(([name, x]) => [name, Float64Array.from(x)] as const);
  const expected = run64(given, Object.fromEntries(doubles));
  for (const [name, numbers] of Object.entries(expected)) {
    // Small numbers may be the difference of two near 1.
    const largest = numbers.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-2);
    numbers.forEach((x, i) => {
      const error = Math.abs(x - actual[name]![i]!);
      assert.ok(error <= tolerance * largest, `${name}[${i}]: ${actual[name]![i]} for ${x}`);
    });
  }
  return compiled;
}

export interface Options {
  readonly limits: Limits;
  readonly tile: 2 | 4;
  readonly tolerance: number;
}
