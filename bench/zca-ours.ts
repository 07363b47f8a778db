/** Our half of `zca.ts`: the code of the stage. Arguments: the file of the images, and how many to fit to. */
import {readFile} from 'node:fs/promises';
import {availableParallelism} from 'node:os';
import {ProductPool} from '../src/learning/products/product-pool.ts';
import {applyTransform, fitZca} from '../src/learning/whitening.ts';
import {answerFor, answerPeak} from './contender-answers.ts';

const [file, fitted] = process.argv.slice(2);
const size = 32 * 32 * 3;
const pixels = new Uint8Array(await readFile(file!));
const rows = {pixels, size, count: pixels.length / size};
await using pool = new ProductPool(availableParallelism());

const description = `float64, float32 and whole numbers of 16 bits, ${pool.threads} threads`;
await answerFor({description, results: resultsOf(await whitened())}, 1, async () => {
  await whitened();
});
answerPeak();

async function whitened(): Promise<Float32Array> {
  const transform = await fitZca({...rows, count: Number(fitted)}, 0.1, {pool});
  return await applyTransform(transform, rows, {pool});
}

/** Sums over some images: of the squares, and of the products with the pixels. */
function resultsOf(images: Float32Array): Readonly<Record<string, number>> {
  const chosen = Array.from({length: 10}, (_, i) => i * Math.floor(rows.count / 10));
  return Object.fromEntries(
    chosen.flatMap((image) => {
      let [squares, products] = [0, 0];
      for (let at = image * size; at < (image + 1) * size; at++) {
        squares += images[at]! ** 2;
        products += (images[at]! * pixels[at]!) / 255;
      }
      return [
        [`‖z‖² of image ${image}`, squares],
        [`z·x of image ${image}`, products],
      ];
    }),
  );
}
