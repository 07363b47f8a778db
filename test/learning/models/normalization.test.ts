import assert from 'node:assert/strict';
import {test} from 'node:test';
import {normalization, type Normalization} from '../../../src/learning/models/normalization.ts';
import {Random} from '../../../src/learning/random.ts';
import {startTestEngine} from '../../support/engines/test-engine.ts';
import {Graph} from '../../../src/tensor/graph.ts';
import type {Value} from '../../../src/tensor/value.ts';
import {program} from '../../../src/tensor/program.ts';

const [n, h, w, c] = [3, 4, 2, 8] as const;
const random = new Random(1, 'normalization');
/** Images whose mean is far from 0 and whose variance is far from 1. */
const images = Float32Array.from({length: n * h * w * c}, () => 3 * random.normal() + 2);

interface Running {
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

interface Normalized {
  readonly output: Float32Array;
  readonly mean?: Float32Array | undefined;
  readonly variance?: Float32Array | undefined;
}

/** Normalises the images with γ and β; gives the result and the statistics that the layer hands on. */
async function normalize(
  kind: Normalization,
  {gamma, beta, running}: {gamma: number; beta: number; running?: Running},
): Promise<Normalized> {
  const engine = await startTestEngine();
  const layer = normalization(kind)([h, w, c], 'norm');
  const graph = new Graph();
  const values = layer.params.map(({name, shape}) => graph.input(name, shape));
  const given = running && {mean: graph.input('mean', [c]), variance: graph.input('variance', [c])};
  let recorded: Record<string, Value> = {};
  const next = values[Symbol.iterator]();
  const pass = {
    take: () => next.next().value as Value,
    takeStatistics: () => given,
    recordStatistics: (mean: Value, variance: Value) => void (recorded = {mean, variance}),
  };
  const output = layer.apply(pass, graph.input('images', [n, h, w, c]));
  const inputs = {
    images: engine.upload(images, [n, h, w, c]),
    ...Object.fromEntries(
      layer.params.map(({name, shape}, i) => {
        const size = shape.reduce((a, b) => a * b, 1);
        const value = i === 0 ? gamma : beta;
        return [name, engine.upload(new Float32Array(size).fill(value), shape)];
      }),
    ),
    ...(running && {
      mean: engine.upload(running.mean, [c]),
      variance: engine.upload(running.variance, [c]),
    }),
  };
  const outputs = engine.compile(program<string>({output, ...recorded})).run(inputs);
  const read = async (name: string): Promise<Float32Array | undefined> =>
    outputs[name] && engine.read(outputs[name]);
  const [found, mean, variance] = [
    await read('output'),
    await read('mean'),
    await read('variance'),
  ];
  for (const tensor of [...Object.values(inputs), ...Object.values(outputs)]) tensor.dispose();
  return {output: found!, mean, variance};
}

/** Gives mean and biased variance of each group of numbers; `groupOf` gives a place's group. */
function moments(
  numbers: Float32Array,
  groupOf: (image: number, pixel: number, channel: number) => string,
): ReadonlyMap<string, {readonly count: number; readonly mean: number; readonly variance: number}> {
  const groups = new Map<string, number[]>();
  numbers.forEach((value, i) => {
    const pixel = Math.floor(i / c);
    const name = groupOf(Math.floor(pixel / (h * w)), pixel % (h * w), i % c);
    groups.set(name, [...(groups.get(name) ?? []), value]);
  });
  return new Map(
    Array.from(groups, ([name, members]) => {
      const mean = members.reduce((a, b) => a + b, 0) / members.length;
      const variance = members.reduce((a, b) => a + (b - mean) ** 2, 0) / members.length;
      return [name, {count: members.length, mean, variance}];
    }),
  );
}

const close = (found: number, expected: number, what: string): void =>
  assert.ok(Math.abs(found - expected) < 1e-4, `${what}: ${found}, expected ${expected}`);

for (const [kind, groupOf] of [
  ['instance', (image: number, _: number, channel: number) => `${image} ${channel}`],
  ['layer', (image: number) => `${image}`],
  ['group', (image: number, _: number, channel: number) => `${image} ${channel >> 1}`],
  ['batch', (_: number, __: number, channel: number) => `${channel}`],
] as const) {
  test(`${kind} normalisation makes mean β and variance γ² of what shares its statistics`, async () => {
    const {output} = await normalize(kind, {gamma: 2, beta: -1});
    for (const [name, {mean, variance}] of moments(output, groupOf)) {
      close(mean, -1, name);
      // The variance is smaller than 4, since ε is added to the variance in the denominator.
      assert.ok(variance <= 4.0001 && variance > 3.999, `${name}: ${variance}`);
    }
  });
}

test('batch normalisation hands on the mean and the unbiased variance of each channel', async () => {
  const {mean, variance} = await normalize('batch', {gamma: 1, beta: 0});
  for (const [channel, expected] of moments(images, (_, __, channel) => String(channel))) {
    close(mean![Number(channel)]!, expected.mean, `mean ${channel}`);
    const unbiased = (expected.variance * expected.count) / (expected.count - 1);
    close(variance![Number(channel)]!, unbiased, `variance ${channel}`);
  }
});

test('with running statistics batch normalisation takes those, and none of the batch', async () => {
  const running = {
    mean: Float32Array.from({length: c}, (_, i) => i / 4),
    variance: Float32Array.from({length: c}, (_, i) => 1 + i),
  };
  const found = await normalize('batch', {gamma: 3, beta: 0.5, running});
  assert.equal(found.mean, undefined);
  found.output.forEach((value, i) => {
    const [mean, variance] = [running.mean[i % c]!, running.variance[i % c]!];
    close(value, ((images[i]! - mean) / Math.sqrt(variance + 1e-5)) * 3 + 0.5, `place ${i}`);
  });
});
