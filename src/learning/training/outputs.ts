import type {Engine} from '../../tensor/engine.ts';
import {Graph} from '../../tensor/graph.ts';
import {program, type Program} from '../../tensor/program.ts';
import type {Value} from '../../tensor/value.ts';
import {chunksOf} from '../batches/chunks-of.ts';
import type {FloatSplit} from '../data/float-split.ts';
import {joinedNumbers} from '../data/repeated.ts';
import {floatsOf} from '../data/standardised-bytes.ts';
import {splitParams, type Model} from '../models/model.ts';
import {perShape} from '../per-shape.ts';

/** Images per forward pass. */
const batchSize = 250;

/**
 * Gives what a network of these parameters [D] computes of each image, without augmentation [n · …]. Normalisation uses
 * the batch's statistics, as in training.
 */
export type ReadOutputs = (theta: Float32Array, images: FloatSplit) => Promise<Float32Array>;

/**
 * Makes a function that runs a model on images; compiled once.
 *
 * @param output what is read, of the network's logits [n, classes]. Absent: the logits
 */
export function outputReader(
  engine: Engine,
  model: Model,
  output: (logits: Value) => Value = (logits) => logits,
): ReadOutputs {
  const {height, width, channels} = model.input;
  const size = height * width * channels;
  const look = perShape(engine, (count: number) => outputProgram(model, count, output));
  return async (theta, images) => {
    const parameters = engine.upload(theta, [theta.length]);
    const parts: Float32Array[] = [];
    const all = Int32Array.from({length: images.count}, (_, i) => i);
    for (const {length} of chunksOf(all, batchSize)) {
      const from = parts.length * batchSize * size;
      const pixels = floatsOf(images.images.subarray(from, from + length * size));
      const batch = engine.upload(pixels, [length, height, width, channels]);
      const {outputs} = look(length).run({theta: parameters, images: batch});
      parts.push(await engine.read(outputs));
      for (const tensor of [batch, outputs]) tensor.dispose();
    }
    parameters.dispose();
    return parts.length === 0 ? new Float32Array() : joinedNumbers(parts);
  };
}

function outputProgram(
  model: Model,
  batch: number,
  output: (logits: Value) => Value,
): Program<'outputs', 'theta' | 'images'> {
  const graph = new Graph();
  const {height, width, channels} = model.input;
  const params = splitParams(model, graph.input('theta', [model.parameterCount]));
  const images = graph.input('images', [batch, height, width, channels]);
  return program({outputs: output(model.apply(params, images).logits)});
}
