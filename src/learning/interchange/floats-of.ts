import {UnsupportedFile} from '../../formats/file-fault.ts';
import type {Tensor} from '../../formats/tensor.ts';

/**
 * The elements of a tensor of floats, as float32. `file` is its file's name in errors. @throws UnsupportedFile for any
 * other element type
 */
export function floatsOf({dtype, data}: Tensor, file: string): Float32Array {
  if (data instanceof Float32Array) return data;
  if (data instanceof Float64Array) return Float32Array.from(data);
  throw new UnsupportedFile(file, `it has a tensor of ${dtype} where one of floats is needed`);
}
