/**
 * How long it takes to load an archive of pictures and to whiten what is in it.
 *
 *     npm run bench:data -- ARCHIVE [threads]
 *
 * ARCHIVE is a tar.gz or zip of train/<class>/<picture> and test/<class>/<picture>, such as CIFAR-10 as pictures.
 */
import {availableParallelism} from 'node:os';
import {createHash} from 'node:crypto';
import {imageSize} from '../src/learning/data/dataset.ts';
import type {ImageShape, Split} from '../src/learning/data/dataset.ts';
import {loadPictureFolder} from '../src/learning/data/load-pictures.ts';

const [archive, threads = String(availableParallelism())] = process.argv.slice(2);
if (archive === undefined) throw new Error('npm run bench:data -- ARCHIVE [threads]');

const dataset = await timed('load the pictures', async () => {
  const loaded = await loadPictureFolder(archive, {name: 'images'});
  return loaded;
});
const {shape, train, test} = dataset;
print(`${train.count} + ${test.count} images of ${shape.height} × ${shape.width}`);
for (const [name, split] of [
  ['train', train],
  ['test', test],
] as const) {
  print(`${name}: sha256 of the pixels, channel by channel: ${planesDigest(shape, split)}`);
}
print(`${imageSize(shape)} pixels, ${threads} threads`);

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const begin = performance.now();
  const result = await work();
  print(`${what}: ${((performance.now() - begin) / 1000).toFixed(1)} s`);
  return result;
}

/** The digest of images as other programs lay them out: one channel after the other. */
function planesDigest({height, width, channels}: ImageShape, {images, count}: Split): string {
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
