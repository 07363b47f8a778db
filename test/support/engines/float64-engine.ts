import type {Engine, Tensor} from '../../../src/tensor/engine.ts';
import {run64} from './float64.ts';

/** A tensor whose numbers have the digits of float64. */
interface Tensor64 extends Tensor {
  readonly data: Float64Array;
}

/**
 * An engine that computes in float64, by the plain loops of `run64`. Numbers are uploaded and read with all their digits,
 * so the arrays that it takes and gives may be `Float64Array`s.
 */
export function float64Engine(): Engine {
  const hold = (data: Float64Array, shape: Tensor['shape']): Tensor64 => ({
    shape,
    data,
    dispose: () => undefined,
  });
  return {
    name: 'float64',
    description: 'float64',
    compile: (program) => ({
      run(inputs) {
        const given = Object.entries<Tensor>(inputs).map(
          ([name, tensor]) => [name, (tensor as Tensor64).data] as const,
        );
        const outputs = [...program.outputs].map(([name, step]) => {
          const {shape} = program.steps[step]!.value;
          return [name, shape] as const;
        });
        const results = run64(program, Object.fromEntries(given) as never);
        return Object.fromEntries(
          outputs.map(([name, shape]) => [name, hold(results[name], shape)]),
        ) as never;
      },
    }),
    upload: (data, shape) => hold(Float64Array.from(data), shape),
    read: async (tensor) => (tensor as Tensor64).data as never,
    memory: () => ({tensors: 0, bytes: 0, peakBytes: 0}),
    resetPeak: () => undefined,
  };
}
