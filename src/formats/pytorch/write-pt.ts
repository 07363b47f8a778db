import {StoredZipWriter} from '../zip/stored-zip-writer.ts';
import {bytesOfElements, elementCount, type Tensor} from '../tensor.ts';
import {pickle, type ToSave} from './pickler.ts';

/**
 * Writes a file that `torch.load(path, weights_only=True)` reads. The same value gives the same bytes.
 * @param elements gives a tensor's elements when they are written; only one tensor's need be in memory
 */
export async function writePt<D>(
  path: string,
  value: ToSave<D>,
  elements: (source: D) => Promise<Tensor['data']> | Tensor['data'],
): Promise<void> {
  const {bytes, tensors} = pickle(value);
  await using writer = await StoredZipWriter.create(path);
  await writer.add('archive/data.pkl', bytes);
  await writer.add('archive/byteorder', Buffer.from('little'));
  for (const [key, {dtype, shape, source}] of tensors.entries()) {
    const data = await elements(source);
    if (data.length !== elementCount(shape)) {
      throw new RangeError(`A tensor [${shape.join(', ')}] was given ${data.length} elements.`);
    }
    await writer.add(`archive/data/${key}`, bytesOfElements({dtype, data}));
  }
  await writer.add('archive/version', Buffer.from('3\n'));
  await writer.finish();
}
