import assert from 'node:assert/strict';
import {test} from 'node:test';
import {EngineImages} from '../../../src/learning/batches/engine-images.ts';
import {StandardisedBytes} from '../../../src/learning/data/standardised-bytes.ts';
import {countingEngine} from '../../support/engines/counting-engine.ts';
import {startTestEngine} from '../../support/engines/test-engine.ts';
import {tinyShape, tinySplit} from '../../support/data/tiny-problem.ts';

test('a few images are uploaded once, and are picked by their indices', async () => {
  const {engine, counts} = countingEngine(await startTestEngine());
  const before = engine.memory().tensors;
  const images = new EngineImages(engine, tinyShape);
  const split = tinySplit(5);
  for (let i = 0; i < 3; i++) {
    const taken = images.take(split, Int32Array.of(3, 1));
    assert.deepEqual(taken.indices, Int32Array.of(3, 1));
    assert.deepEqual(await engine.read(taken.images), split.images);
    assert.deepEqual(await engine.read(taken.labels), Float32Array.from(split.labels));
    taken.free();
  }
  assert.equal(counts().uploads, 2);
  images.take(tinySplit(4), Int32Array.of(0)).free();
  assert.equal(counts().uploads, 4);
  assert.equal(engine.memory().tensors, before + 2);
  images.dispose();
  assert.equal(engine.memory().tensors, before);
});

test('images that are changed are a copy of their own', async () => {
  const engine = await startTestEngine();
  const before = engine.memory().tensors;
  const images = new EngineImages(engine, tinyShape);
  const split = tinySplit(5);
  const original = split.images.slice();
  const taken = images.take(split, Int32Array.of(4, 2), (copy) => copy.fill(7, 0, 10));
  assert.deepEqual(taken.indices, Int32Array.of(0, 1));
  const read = await engine.read(taken.images);
  assert.deepEqual(read.subarray(0, 10), new Float32Array(10).fill(7));
  assert.deepEqual(read.subarray(10, 192), original.subarray(4 * 192 + 10, 5 * 192));
  assert.deepEqual(read.subarray(192), original.subarray(2 * 192, 3 * 192));
  assert.deepEqual(await engine.read(taken.labels), Float32Array.of(0, 0));
  assert.deepEqual(split.images, original);
  taken.free();
  assert.equal(engine.memory().tensors, before);
});

test('of a large set only the images of a batch are uploaded, as floats', async () => {
  const engine = await startTestEngine();
  const before = engine.memory();
  const count = 90_000;
  const bytes = new Uint8Array(count * 192);
  bytes.fill(51, 192 * 80_000, 192 * 80_001);
  const standardisation = {
    mean: Float32Array.of(0.1, 0, 0),
    std: Float32Array.of(1, 1, 0.5),
  };
  const split = {
    images: new StandardisedBytes(bytes, standardisation),
    labels: new Int32Array(count).fill(1),
    count,
  };
  const images = new EngineImages(engine, tinyShape);
  const taken = images.take(split, Int32Array.of(80_000));
  assert.equal(engine.memory().bytes - before.bytes, 4 * 193);
  const [red, green, blue] = await engine.read(taken.images);
  [red! - 0.1, green! - 0.2, blue! - 0.4].forEach((error) => assert.ok(Math.abs(error) < 1e-6));
  taken.free();
  images.dispose();
  assert.equal(engine.memory().tensors, before.tensors);
});

test('an engine says how many bytes of data may stay with it', async () => {
  const {engine, counts} = countingEngine(await startTestEngine());
  const split = tinySplit(5);
  const bytes = 4 * split.images.length;
  for (const [roomForData, uploads] of [
    [bytes, 2],
    [bytes - 1, 6],
  ] as const) {
    const images = new EngineImages({...engine, roomForData}, tinyShape);
    const before = counts().uploads;
    for (let i = 0; i < 3; i++) images.take(split, Int32Array.of(i)).free();
    assert.equal(counts().uploads - before, uploads);
    images.dispose();
  }
});
