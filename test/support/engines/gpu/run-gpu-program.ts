import type {BindingSource, GpuProgram} from '../../../../src/tensor/kernels/kernel.ts';
import {runDispatch, type RunOptions} from '../kernels/kernel-interpreter.ts';

/**
 * Runs a compiled program on typed arrays, dispatch by dispatch, with the checks of the kernel interpreter. Arenas start
 * as NaN, and so do outputs.
 * @param outputs the size of each output, in numbers
 */
export function runGpuProgram<Name extends string>(
  program: GpuProgram,
  inputs: Readonly<Record<string, Float32Array>>,
  outputs: Readonly<Record<Name, number>>,
  options: RunOptions = {},
): Record<Name, Float32Array> {
  const unknown = (size: number): Float32Array => new Float32Array(size).fill(NaN);
  const arenas = program.arenas.map(({size}) => unknown(size));
  const results = Object.fromEntries(
    Object.entries<number>(outputs).map(([name, size]) => [name, unknown(size)]),
  ) as Record<string, Float32Array>;
  const find = (source: BindingSource): Float32Array => {
    const found =
      source.kind === 'arena'
        ? arenas[source.arena]
        : (source.kind === 'input' ? inputs : results)[source.name];
    if (found === undefined) throw new Error(`There is no ${JSON.stringify(source)}`);
    return found;
  };
  for (const dispatch of program.dispatches) {
    const arrays = dispatch.bindings.map(({source}) => find(source));
    runDispatch(dispatch, arrays, options);
  }
  return results;
}
