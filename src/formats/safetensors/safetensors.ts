import {readFile, writeFile} from 'node:fs/promises';
import {readFlags} from '../../base/read-text.ts';
import {
  headerBytes,
  headerLengthSize,
  parseHeader,
  parseHeaderLength,
  placeTensors,
} from './safetensors-header.ts';
import type {Metadata} from './safetensors-header.ts';
import {bytesOfElements, bytesPerElement, elementCount, elementsOfBuffer} from '../tensor.ts';
import type {Tensor} from '../tensor.ts';

/** The contents of a safetensors file. */
export interface TensorFile {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly metadata: Metadata;
}

/**
 * Encodes a safetensors file: the same tensors in the same order give the same bytes. Tensors with larger elements come
 * first, so that each is aligned to its element size.
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Metadata = {},
): Uint8Array {
  const aligned = [...tensors].sort(
    ([, a], [, b]) => bytesPerElement[b.dtype] - bytesPerElement[a.dtype],
  );
  for (const [name, {shape, data}] of aligned) assertElementCount(name, shape, data.length);
  const header = headerBytes({tensors: placeTensors(new Map(aligned)), metadata});
  return Buffer.concat([header, ...aligned.map(([, tensor]) => bytesOfElements(tensor))]);
}

/**
 * Decodes the bytes of a safetensors file into memory of its own.
 * @param file its name in errors
 * @throws CorruptFile
 */
export function decodeSafetensors(bytes: Uint8Array, file: string): TensorFile {
  const field = bytes.subarray(0, headerLengthSize);
  const dataBegin = headerLengthSize + parseHeaderLength(field, bytes.length, file);
  const json = bytes.subarray(headerLengthSize, dataBegin);
  const {tensors, metadata} = parseHeader(json, bytes.length - dataBegin, file);
  const decoded = [...tensors].map(([name, {dtype, shape, begin, end}]) => {
    // A copy, so that it is aligned for every element type and does not keep the whole file alive.
    const {buffer} = new Uint8Array(bytes.subarray(dataBegin + begin, dataBegin + end));
    const data = elementsOfBuffer(dtype, buffer);
    return [name, {dtype, shape, data} as Tensor] as const;
  });
  return {tensors: new Map(decoded), metadata};
}

/** Writes a whole safetensors file at once. */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Metadata = {},
): Promise<void> {
  await writeFile(path, encodeSafetensors(tensors, metadata));
}

/**
 * Reads a whole safetensors file; `SafetensorsFile` reads parts of a large one.
 * @throws CorruptFile
 */
export async function readSafetensors(path: string): Promise<TensorFile> {
  return decodeSafetensors(await readFile(path, {flag: readFlags}), path);
}

function assertElementCount(name: string, shape: readonly number[], count: number): void {
  if (elementCount(shape) !== count) {
    throw new RangeError(`Tensor ${name} [${shape.join(', ')}] was given ${count} elements.`);
  }
}
