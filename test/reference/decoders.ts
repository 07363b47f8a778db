/** Checks `decoders.json`: images decoded from what is stored, on the engine and on the host, and the transpose. */
import type {Decoding} from '../../src/learning/decoders/decoding.ts';
import {decodingOf} from '../../src/learning/decoders/decoding-of.ts';
import type {Decoder} from '../../src/learning/decoders/decoder.ts';
import type {Engine} from '../../src/tensor/engine.ts';
import {Graph} from '../../src/tensor/graph.ts';
import {program} from '../../src/tensor/program.ts';
import {sizeOf, type Shape} from '../../src/tensor/shape.ts';
import {deviation, norm, type Deviation} from './deviation.ts';
import {channelsFirst, channelsLast, hashFill, type Fill} from './hash-fill.ts';

interface Described {
  readonly norm: number;
  readonly perImageNorm: readonly number[];
  readonly first: readonly number[];
  readonly last: readonly number[];
  readonly dot: number;
}

interface DecoderCase {
  readonly kind: 'idc' | 'idcMulti' | 'fred';
  readonly images: number;
  readonly channels: number;
  readonly size: number;
  readonly factor: number;
  readonly mask: readonly (readonly [u: number, v: number])[];
  readonly sourceIndex?: readonly number[];
  readonly stored: Fill & {readonly shape: Shape};
  readonly outputShape: Shape;
  readonly output: Described;
  readonly cotangent: Fill;
  readonly transpose: Described & {readonly probe: Fill};
  readonly zeroDot: number;
}

const tolerance = 2e-6;

export async function checkDecoder(
  engine: Engine,
  reference: DecoderCase,
): Promise<readonly Deviation[]> {
  const {size, channels, images: count} = reference;
  const decoding = decodingOf(decoderOf(reference), {
    shape: {height: size, width: size, channels},
    count,
  });
  const {storedShape, decodedShape, sourceIndex} = decoding;
  const stored = filled(reference.stored, storedShape);
  const cotangent = filled(reference.cotangent, decodedShape);
  const probe = filled(reference.transpose.probe, storedShape);
  const programs = programsOf(engine, decoding);
  const output = await programs.decode(stored);
  const transpose = await programs.transpose(cotangent);
  const onHost = decoding.decodeOnHost(stored);
  const zero = decoding.decodeOnHost(new Float32Array(stored.length));
  const scale = norm(output) * norm(cotangent);
  programs.dispose();
  return [
    deviation('shape', decodedShape, nhwc(reference.outputShape), {tolerance: 0}),
    ...(reference.sourceIndex
      ? [deviation('sources', sourceIndex, reference.sourceIndex, {tolerance: 0})]
      : []),
    ...described('images', output, {shape: decodedShape, with: cotangent}, reference.output),
    ...described(
      'images on the host',
      onHost,
      {shape: decodedShape, with: cotangent},
      reference.output,
    ),
    ...described('transpose', transpose, {shape: storedShape, with: probe}, reference.transpose),
    deviation('what 0 gives', [dot(zero, cotangent)], [reference.zeroDot], {tolerance, scale}),
    deviation('⟨P, decᵀQ⟩', [dot(stored, transpose)], [reference.output.dot - reference.zeroDot], {
      tolerance,
      scale,
    }),
  ];
}

function decoderOf({kind, factor, mask, size, channels}: DecoderCase): Decoder {
  if (kind === 'fred') {
    const masks = Int32Array.from(mask, ([u, v]) => u * size + v);
    return {kind, coefficients: mask.length, masks};
  }
  const padding = new Float32Array(channels).fill(0.5);
  return {kind: 'idc', factor, multiScale: kind === 'idcMulti', padding};
}

interface Programs {
  decode(stored: Float32Array): Promise<Float32Array>;
  transpose(cotangent: Float32Array): Promise<Float32Array>;
  dispose(): void;
}

export function programsOf(engine: Engine, decoding: Decoding): Programs {
  const {storedShape, decodedShape, tables} = decoding;
  const [forth, back] = [new Graph(), new Graph()];
  const decode = engine.compile(program({out: decoding.decode(forth.input('x', storedShape))}));
  const transpose = engine.compile(
    program({out: decoding.transpose(back.input('x', decodedShape))}),
  );
  const held = Object.fromEntries(
    Object.entries(tables).map(([name, {numbers, shape}]) => [name, engine.upload(numbers, shape)]),
  );
  const run = async (
    executable: typeof decode,
    numbers: Float32Array,
    shape: Shape,
  ): Promise<Float32Array> => {
    const x = engine.upload(numbers, shape);
    const {out} = executable.run({...held, x});
    const read = await engine.read(out);
    for (const tensor of [x, out]) tensor.dispose();
    return read;
  };
  return {
    decode: (stored) => run(decode, stored, storedShape),
    transpose: (cotangent) => run(transpose, cotangent, decodedShape),
    dispose: () => Object.values(held).forEach((tensor) => tensor.dispose()),
  };
}

function described(
  what: string,
  numbers: Float32Array,
  {shape, with: other}: {readonly shape: Shape; readonly with: Float32Array},
  expected: Described,
): readonly Deviation[] {
  const size = sizeOf(shape.slice(1));
  const perImage = Array.from({length: shape[0]!}, (_, i) =>
    norm(numbers.subarray(i * size, (i + 1) * size)),
  );
  const inOrder = reordered(numbers, shape, channelsFirst);
  const scale = Math.max(...inOrder.map(Math.abs));
  return [
    deviation(`norm of ${what}`, [norm(numbers)], [expected.norm], {tolerance}),
    deviation(`norms of ${what}`, perImage, expected.perImageNorm, {tolerance}),
    deviation(`first of ${what}`, inOrder, expected.first, {tolerance, scale}),
    deviation(`last of ${what}`, inOrder.slice(-expected.last.length), expected.last, {
      tolerance,
      scale,
    }),
    deviation(`dot of ${what}`, [dot(numbers, other)], [expected.dot], {
      tolerance,
      scale: norm(numbers) * norm(other),
    }),
  ];
}

/** A fill in the file's layout, with channels before pixels or coefficients. */
function filled(fill: Fill, shape: Shape): Float32Array {
  return reordered(hashFill(fill, sizeOf(shape)), shape, channelsLast);
}

function reordered(numbers: Float32Array, shape: Shape, order: typeof channelsLast): Float32Array {
  const [n, channels] = [shape[0]!, shape.at(-1)!];
  return order(numbers, [n, channels, sizeOf(shape) / n / channels, 1]);
}

function nhwc([n, c, h, w]: Shape): Shape {
  return [n!, h!, w!, c!];
}

export function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}
