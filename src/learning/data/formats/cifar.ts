import {CorruptFile} from '../../../formats/file-fault.ts';
import type {ImageShape, RawSplit} from '../dataset.ts';

/**
 * Reads the images of a binary file of CIFAR: records of some labels, of which the last is used, and the planes of the
 * channels one after the other.
 * @param file its name in errors
 * @throws CorruptFile if it is not a whole number of records
 */
export function parseCifar(
  bytes: Uint8Array,
  {shape, labelBytes}: {readonly shape: ImageShape; readonly labelBytes: number},
  file: string,
): RawSplit {
  const {height, width, channels} = shape;
  const plane = height * width;
  const size = plane * channels;
  const record = labelBytes + size;
  if (bytes.length === 0 || bytes.length % record !== 0) {
    const message = `${bytes.length} bytes are no whole number of records of ${record} bytes`;
    throw new CorruptFile(file, message);
  }
  const count = bytes.length / record;
  const images = new Uint8Array(count * size);
  const labels = new Int32Array(count);
  for (let n = 0; n < count; n++) {
    const begin = n * record + labelBytes;
    labels[n] = bytes[begin - 1]!;
    for (let c = 0; c < channels; c++) {
      const from = begin + c * plane;
      for (let i = 0, to = n * size + c; i < plane; i++, to += channels) {
        images[to] = bytes[from + i]!;
      }
    }
  }
  return {images, labels, count};
}
