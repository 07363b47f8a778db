/** Checks `forward.json`: logits in training mode, for networks and image sizes that `models.json` does not have. */
import type {Engine} from '../../src/tensor/engine.ts';
import {Graph} from '../../src/tensor/graph.ts';
import {program} from '../../src/tensor/program.ts';
import {sizeOf} from '../../src/tensor/shape.ts';
import {splitParams} from '../../src/learning/models/model.ts';
import {deviation, type Deviation} from './deviation.ts';
import {channelsLast, hashFill, type Fill} from './hash-fill.ts';
import {networkOf, thetaOf, type NetworkCase} from './models.ts';

interface ForwardCase extends NetworkCase {
  readonly batch: number;
  readonly input: Fill;
  readonly logits: readonly number[];
}

export async function checkForward(
  engine: Engine,
  reference: ForwardCase,
): Promise<readonly Deviation[]> {
  const {batch, channels, size} = reference;
  const model = networkOf(reference);
  const layout = [batch, channels, size, size] as const;
  const graph = new Graph();
  const images = graph.input('images', [batch, size, size, channels]);
  const params = splitParams(model, graph.input('theta', [model.parameterCount]));
  const executable = engine.compile(program({logits: model.apply(params, images).logits}));
  const inputs = {
    theta: engine.upload(thetaOf(reference), [model.parameterCount]),
    images: engine.upload(
      channelsLast(hashFill(reference.input, sizeOf(layout)), layout),
      images.shape,
    ),
  };
  const {logits} = executable.run(inputs);
  const found = await engine.read(logits);
  for (const tensor of [...Object.values(inputs), logits]) tensor.dispose();
  return [deviation('logits', found, reference.logits, {tolerance: 1e-4})];
}
