import assert from 'node:assert/strict';
import {test} from 'node:test';
import {EngineImages} from '../../../src/learning/batches/engine-images.ts';
import {packBytes} from '../../../src/learning/batches/packed-bytes.ts';
import {floatsOf, StandardisedBytes} from '../../../src/learning/data/standardised-bytes.ts';
import {countingEngine} from '../../support/engines/counting-engine.ts';
import {startTestEngine, withRoom} from '../../support/engines/test-engine.ts';
import {tinyBytes, tinyShape, tinySplit} from '../../support/data/tiny-problem.ts';

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
  const {engine} = countingEngine(await startTestEngine());
  const before = engine.memory().tensors;
  const images = new EngineImages(engine, tinyShape);
  const split = tinySplit(5);
  const original = split.images.slice();
  const taken = images.take(split, Int32Array.of(4, 2), (copy) => copy.fill(7, 0, 10));
  assert.equal(taken.indices, undefined, 'they are all images there are');
  const read = await engine.read(taken.images);
  assert.deepEqual(read.subarray(0, 10), new Float32Array(10).fill(7));
  assert.deepEqual(read.subarray(10, 192), original.subarray(4 * 192 + 10, 5 * 192));
  assert.deepEqual(read.subarray(192), original.subarray(2 * 192, 3 * 192));
  assert.deepEqual(await engine.read(taken.labels), Float32Array.of(0, 0));
  assert.deepEqual(split.images, original);
  taken.free();
  assert.equal(engine.memory().tensors, before);
});

test('an engine of the host gets only the images of a batch, as floats', async () => {
  const engine = await startTestEngine();
  const before = engine.memory();
  const count = 9;
  const bytes = new Uint8Array(count * 192);
  bytes.fill(51, 192 * 8);
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
  const taken = images.take(split, Int32Array.of(8));
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
    const images = new EngineImages(withRoom(engine, roomForData), tinyShape);
    const before = counts().uploads;
    for (let i = 0; i < 3; i++) images.take(split, Int32Array.of(i)).free();
    assert.equal(counts().uploads - before, uploads);
    images.dispose();
  }
});

test('beside a device of its own memory standardised bytes stay packed, and its room counts them so', async () => {
  const engine = await startTestEngine();
  const before = engine.memory();
  const split = tinyBytes(8);
  const packedBytes = 4 * 3 * 192;
  const images = new EngineImages(withRoom(engine, packedBytes), tinyShape);
  const taken = images.take(split, Int32Array.of(6, 1));
  assert.deepEqual(taken.images.shape, [3, 8, 8, 3]);
  assert.deepEqual(await engine.read(taken.images), packBytes(split.images.bytes, 192));
  assert.deepEqual(await engine.read(taken.table!), split.images.table);
  assert.deepEqual(await engine.read(taken.labels), Float32Array.from(split.labels));
  assert.deepEqual(taken.indices, Int32Array.of(6, 1));
  assert.equal(engine.memory().bytes - before.bytes, packedBytes + 4 * (8 + 768));
  images.dispose();
  assert.equal(engine.memory().tensors, before.tensors);

  const tooFew = new EngineImages(withRoom(engine, packedBytes - 1), tinyShape);
  const some = tooFew.take(split, Int32Array.of(6, 1));
  assert.deepEqual(some.images.shape, [2, 8, 8, 3]);
  assert.equal(some.table, undefined);
  some.free();
});

test('floats stay floats on a device of its own memory', async () => {
  const engine = withRoom(await startTestEngine(), 2 ** 30);
  const bytes = tinyBytes(8);
  const floats = {...bytes, images: floatsOf(bytes.images)};
  const images = new EngineImages(engine, tinyShape);
  const taken = images.take(floats, Int32Array.of(6, 1));
  assert.deepEqual(await engine.read(taken.images), floats.images);
  assert.equal(taken.table, undefined);
  images.dispose();
});
