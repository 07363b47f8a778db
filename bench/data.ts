/**
 * Measures loading an archive of pictures and whitening its contents.
 *
 * npm run bench:data -- ARCHIVE [threads]
 *
 * ARCHIVE is a tar.gz or zip of train/<class>/<picture> and test/<class>/<picture>, such as CIFAR-10 as pictures.
 */
import {availableParallelism} from 'node:os';
import {createHash} from 'node:crypto';
import {imageSize} from '../src/learning/data/dataset.ts';
import type {ImageShape, RawSplit} from '../src/learning/data/dataset.ts';
import {ProductPool} from '../src/learning/products/product-pool.ts';
import {applyTransform, fitZca} from '../src/learning/whitening.ts';
import {loadOwnData} from '../src/learning/data/own/load-own-data.ts';

const [archive, threads = String(availableParallelism())] = process.argv.slice(2);
if (archive === undefined) throw new Error('npm run bench:data -- ARCHIVE [threads]');

const dataset = await timed('load the pictures', () => loadOwnData(archive, {name: 'images'}));
const {shape, train, test} = dataset;
print(`${train.count} + ${test.count} images of ${shape.height} × ${shape.width}`);
for (const [name, split] of [
  ['train', train],
  ['test', test],
] as const) {
  print(`${name}: sha256 of the pixels, channel by channel: ${planesDigest(shape, split)}`);
}
await using pool = new ProductPool(Number(threads));
const size = imageSize(shape);
print(`${size} numbers an image, ${pool.threads} threads`);
const rows = {pixels: train.images, size, count: train.count};
const transform = await timed('fit ZCA', () => fitZca(rows, 0.1, {pool}));
const whitened = await timed('whiten the training images', () =>
  applyTransform(transform, rows, {pool}),
);
print(`trace of the whitening matrix: ${traceOf(transform.whitening, size).toFixed(3)}`);
print(`deviation of the channels: ${deviations(whitened, shape.channels).join(' ')}`);

function traceOf(matrix: Float32Array, size: number): number {
  let trace = 0;
  for (let i = 0; i < size; i++) trace += matrix[i * size + i]!;
  return trace;
}

function deviations(images: Float32Array, channels: number): readonly string[] {
  return Array.from({length: channels}, (_, c) => {
    let [sum, squares] = [0, 0];
    for (let at = c; at < images.length; at += channels) {
      sum += images[at]!;
      squares += images[at]! ** 2;
    }
    const n = images.length / channels;
    return Math.sqrt(squares / n - (sum / n) ** 2).toFixed(5);
  });
}

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const begin = performance.now();
  const result = await work();
  print(`${what}: ${((performance.now() - begin) / 1000).toFixed(1)} s`);
  return result;
}

/** The digest of images in the layout of other programs: one channel after the other. */
function planesDigest({height, width, channels}: ImageShape, {images, count}: RawSplit): string {
  const sha256 = createHash('sha256');
  const plane = height * width;
  const image = new Uint8Array(plane * channels);
  for (let n = 0; n < count; n++) {
    for (let i = 0; i < image.length; i++) {
      image[(i % channels) * plane + Math.floor(i / channels)] = images[n * image.length + i]!;
    }
    sha256.update(image);
  }
  return sha256.digest('hex');
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
