import type {GpuProgram, Limits} from '../../kernels/kernel.ts';
import type {Program} from '../../program.ts';
import type {CompileForGpu} from './gpu-engine.ts';

/** A program as it was compiled for one kind of device. */
interface Compiled {
  readonly limits: Limits;
  readonly tile: 2 | 4;
  readonly compiled: GpuProgram;
}

/** Compiles a program once for all devices with the same limits: several equal cards run the same dispatches. */
export function compilingOnce(compile: CompileForGpu): CompileForGpu {
  const known = new WeakMap<Program, readonly Compiled[]>();
  return (program, options) => {
    const earlier = known.get(program) ?? [];
    const found = earlier.find(
      ({limits, tile}) => tile === options.tile && areEqual(limits, options.limits),
    );
    if (found !== undefined) return found.compiled;
    const compiled = compile(program, options);
    known.set(program, [...earlier, {...options, compiled}]);
    return compiled;
  };
}

function areEqual(a: Limits, b: Limits): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
