import type {SyntheticSet} from '../../../src/learning/data/synthetic.ts';

/**
 * A set of four images of 4 × 6 pixels, of three classes, the last of which has none. Pixel p of image i is
 * (20·i + p) / 100, but the first of each image is −0.5, and the last 1.5.
 */
export function smallSet(given: Partial<SyntheticSet> = {}): SyntheticSet {
  const [shape, count] = [{height: 4, width: 6, channels: 1}, 4];
  const size = 24;
  const pixels = Float32Array.from({length: count * size}, (_, at) => {
    const [i, p] = [Math.floor(at / size), at % size];
    if (p === 0) return -0.5;
    return p === size - 1 ? 1.5 : (20 * i + p) / 100;
  });
  return {
    name: 'small',
    shape,
    classes: ['cat', 'dog', 'no picture'],
    source: 'abc',
    images: pixels,
    labels: Int32Array.of(1, 0, 1, 0),
    count,
    stepSize: 0.02,
    pixels,
    provenance: {method: 'drawn'},
    ...given,
  };
}
