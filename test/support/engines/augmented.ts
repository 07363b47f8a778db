import {augment} from '../../../src/learning/augmentation/augment.ts';
import {drawnNumbers, type Draw} from '../../../src/learning/augmentation/strategy.ts';
import {counter} from '../../../src/learning/counter.ts';
import type {Engine} from '../../../src/tensor/engine.ts';
import {pullThrough} from '../../../src/tensor/gradient.ts';
import {Graph} from '../../../src/tensor/graph.ts';
import {program} from '../../../src/tensor/program.ts';
import type {Shape} from '../../../src/tensor/shape.ts';

/** Images [n, h, w, c] after draws, and the transpose of the draws applied to a cotangent. */
export async function augmented(
  engine: Engine,
  {
    shape,
    draws,
    images,
    cotangent,
  }: {
    readonly shape: Shape;
    readonly draws: readonly Draw[];
    readonly images: Float32Array;
    readonly cotangent: Float32Array;
  },
): Promise<Readonly<Record<'result' | 'transposed', Float32Array>>> {
  const graph = new Graph();
  const [n, height, width] = shape as [number, number, number];
  const largest = Math.max(height, width);
  const x = graph.input('images', shape);
  const drawn = draws.map(({kind}, i) => ({
    kind,
    numbers: graph.input(`draw${i}`, [n, drawnNumbers[kind]]),
  }));
  const result = augment(x, drawn, graph.input('counter', [largest]));
  const [transposed] = pullThrough(result, graph.input('cotangent', shape), [x]);
  const executable = engine.compile(program({result, transposed: transposed!}));
  const inputs = {
    images: engine.upload(images, shape),
    cotangent: engine.upload(cotangent, shape),
    counter: engine.upload(counter(largest), [largest]),
    ...Object.fromEntries(
      draws.map(({kind, numbers}, i) => [
        `draw${i}`,
        engine.upload(numbers, [n, drawnNumbers[kind]]),
      ]),
    ),
  };
  const outputs = executable.run(inputs);
  const read = {
    result: await engine.read(outputs.result),
    transposed: await engine.read(outputs.transposed),
  };
  for (const tensor of [...Object.values(inputs), ...Object.values(outputs)]) tensor.dispose();
  return read;
}
