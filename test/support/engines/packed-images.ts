/** Images packed as bytes, all bytes in each channel, and a program that picks some of them. */
import {packBytes, pickPacked, thirdOf} from '../../../src/learning/batches/packed-bytes.ts';
import {counter} from '../../../src/learning/counter.ts';
import {Random} from '../../../src/learning/random.ts';
import type {Engine} from '../../../src/tensor/engine.ts';
import {Graph} from '../../../src/tensor/graph.ts';
import * as ops from '../../../src/tensor/ops.ts';
import {program, type Program} from '../../../src/tensor/program.ts';

const [count, height, width, channels] = [10, 16, 16, 3];
const size = height * width * channels;
const third = thirdOf(count);
/** The first and the last of each third, and one of them twice. */
const indices = [9, 0, 3, 4, 7, 8, 0];

/** Each channel has a byte of its own at a pixel, and each image begins with another one. */
const bytes = Uint8Array.from({length: count * size}, (_, i) => {
  const [image, pixel, channel] = [Math.floor(i / size), Math.floor(i / channels), i % channels];
  return 31 * image + pixel + 85 * channel;
});

/** Random numbers, and those that arithmetic would change. */
const table = Float32Array.from({length: 256 * channels}, (_, i) => {
  const special = [-0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  return i % 64 < special.length ? special[i % 64]! : new Random(i, 'table').normal();
});

/** What the program takes. */
export const packedInputs: Readonly<Record<string, Float32Array>> = {
  images: packBytes(bytes, size),
  indices: Float32Array.from(indices),
  table,
  channels: counter(channels),
};

/** The bits of the floats that it gives: looked up on the host. */
export const pickedBits: Uint32Array = bitsOf(
  Float32Array.from({length: indices.length * size}, (_, i) => {
    const byte = bytes[indices[Math.floor(i / size)]! * size + (i % size)]!;
    return table[256 * (i % channels) + byte]!;
  }),
);

export function bitsOf(floats: Float32Array): Uint32Array {
  return new Uint32Array(floats.buffer, floats.byteOffset, floats.length);
}

export function packedProgram(): Program<'images'> {
  const graph = new Graph();
  const packed = graph.input('images', [third, height, width, channels]);
  const images = pickPacked((rows) => ops.gatherRows(packed, rows), {
    indices: graph.input('indices', [indices.length]),
    third,
    table: graph.input('table', [256 * channels]),
    channels: graph.input('channels', [channels]),
  });
  return program({images});
}

/** The bits of the floats that an engine gives. */
export async function packedOn(engine: Engine): Promise<Uint32Array> {
  const given = packedProgram();
  const inputs = Object.fromEntries(
    [...given.inputs].map(([name, shape]) => [name, engine.upload(packedInputs[name]!, shape)]),
  );
  const {images} = engine.compile(given).run(inputs);
  const floats = await engine.read(images);
  for (const tensor of [images, ...Object.values(inputs)]) tensor.dispose();
  return bitsOf(floats);
}
