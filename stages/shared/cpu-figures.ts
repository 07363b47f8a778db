/** Work on a CPU, by kind, and how fast it is done. */
import type {Speeds, Work} from '../../src/contract/cost.ts';
import type {NetworkSize} from '../../src/learning/models/network-size.ts';

/**
 * `start`: starting a stage that computes, whose programs are compiled. `network`: multiply-adds of a network in training, or what takes as
 * long. `product`: multiply-adds of products of large matrices in float64. `download`, `disk`: bytes. `pictures`: pixels of pictures that
 * are decoded and resized, and 8000 for each picture besides.
 */
type Kind = 'start' | 'network' | 'product' | 'download' | 'disk' | 'pictures';

/**
 * Speeds of one core of an AMD EPYC at 2.6 GHz; of downloads, what a home connection gives. Only `network` and `product`
 * are measured on each machine.
 */
export const usualSpeeds: Readonly<Record<Kind, number>> & Speeds = {
  start: 1.25,
  network: 70e9,
  product: 6e9,
  download: 5e6,
  disk: 100e6,
  // PNG and JPEG of 24 to 2000 pixels a side: 9 to 36 million a second.
  pictures: 20e6,
};

/** The kinds of work that threads share. */
export const sharedWork: readonly Kind[] = ['network', 'product'];

export function workOf(amounts: Partial<Readonly<Record<Kind, number>>>): Work {
  return amounts;
}

/** Amounts of images that pass through a network. */
export interface Passes {
  /** Images that train it. */
  readonly trained?: number;
  /** Images of batches of a student, each once forward and once back. */
  readonly unrolled?: number;
  /** Images that it only classifies. */
  readonly seen?: number;
  /** Number of batches. */
  readonly calls: number;
}

/**
 * The work of a network. The weights were fitted to times of one thread of the `wasm` engine for ConvNets of depth 2 and 3, widths 16
 * to 128, batches of 10 to 256, LeNet, AlexNet and MLP, which they meet within a factor of 2:
 * a number of a layer's results costs as much as 100 multiply-adds (normalisation, activation, pooling); a multiply-add outside of
 * convolutions of 3×3 as much as three; training an image, with its augmentation, 3.3 times the forward pass, and a student's step and the way back 12.5 times;
 * classifying an image 1.2 times, with twice the cost of results; a batch as much as 0.5 ms.
 */
export function networkWork(
  {multiplyAdds, plainMultiplyAdds, results}: NetworkSize,
  {trained = 0, unrolled = 0, seen = 0, calls}: Passes,
): number {
  const products = multiplyAdds + 2 * plainMultiplyAdds;
  const training = (3.3 * trained + 12.5 * unrolled) * (products + 100 * results);
  return training + 1.2 * seen * (products + 200 * results) + calls * 3.5e7;
}
