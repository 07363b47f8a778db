import {SafetensorsFile} from '../../formats/safetensors/safetensors-file.ts';
import {bytesPerElement, elementCount, type Tensor} from '../../formats/tensor.ts';

/** Tensors that a student does not need: they are for display, for test images, or a single number. */
const besides = /^(pixels$|step_size$|transform\.)/;

/** Soft labels, in place of the class of each image. */
const softLabels = /^label_/;

/**
 * The bytes that a synthetic set takes: those of the tensors in its file that a student trains on, which are images, labels
 * and what decodes the images.
 * @throws CorruptFile; or the file system's error
 */
export async function setBytes(path: string): Promise<number> {
  await using file = await SafetensorsFile.open(path);
  return storedBytes(new Map(file.names.map((name) => [name, file.info(name)])));
}

/** The same of the tensors of such a file. */
export function storedBytes(tensors: ReadonlyMap<string, Pick<Tensor, 'dtype' | 'shape'>>): number {
  const names = [...tensors.keys()];
  const hasSoftLabels = names.some((name) => softLabels.test(name));
  return names
    .filter((name) => !besides.test(name) && !(hasSoftLabels && name === 'labels'))
    .map((name) => {
      const {dtype, shape} = tensors.get(name)!;
      return bytesPerElement[dtype] * elementCount(shape);
    })
    .reduce((sum, bytes) => sum + bytes, 0);
}
