import {open} from 'node:fs/promises';
import type {FileHandle} from 'node:fs/promises';
import {headerBytes, placeTensors} from './safetensors-header.ts';
import type {Metadata, TensorInfo} from './safetensors-header.ts';
import {bytesOfElements, bytesPerElement, elementCount} from '../tensor.ts';
import type {Dtype, Tensor} from '../tensor.ts';

/**
 * Writes a safetensors file that need not fit in memory: its tensors are declared first, then their elements are
 * appended in that order, in pieces of any size. Dispose it in any case; a file is complete only after `finish`.
 */
export class SafetensorsWriter implements AsyncDisposable {
  readonly #file: FileHandle;
  /** The tensors that are not complete; the first is being written. */
  readonly #pending: {readonly name: string; readonly dtype: Dtype; missing: number}[];

  private constructor(file: FileHandle, tensors: ReadonlyMap<string, TensorInfo>) {
    this.#file = file;
    this.#pending = [...tensors]
      .map(([name, {dtype, shape}]) => ({name, dtype, missing: elementCount(shape)}))
      .filter(({missing}) => missing > 0);
  }

  /**
   * @param tensors in the order in which they will be appended; with larger element types first, all of them are
   * aligned
   */
  static async create(
    path: string,
    tensors: ReadonlyMap<string, TensorInfo>,
    metadata: Metadata = {},
  ): Promise<SafetensorsWriter> {
    const header = headerBytes({tensors: placeTensors(tensors), metadata});
    const file = await open(path, 'w');
    const writer = new SafetensorsWriter(file, tensors);
    await writer.#write(header);
    return writer;
  }

  /** Appends elements of tensor `name`, which must be the one that is being written. */
  async append(name: string, elements: Tensor['data']): Promise<void> {
    if (elements.length === 0) return;
    const current = this.#pending[0];
    if (current?.name !== name || current.missing < elements.length) {
      const due = current ? `${current.missing} elements of ${current.name}` : 'nothing more';
      throw new RangeError(`Got ${elements.length} elements of ${name}; due is ${due}.`);
    }
    const bytes = bytesOfElements({dtype: current.dtype, data: elements});
    if (bytes.length !== elements.length * bytesPerElement[current.dtype]) {
      throw new TypeError(`Tensor ${name} was declared as ${current.dtype}.`);
    }
    await this.#write(bytes);
    current.missing -= elements.length;
    if (current.missing === 0) this.#pending.shift();
  }

  /** Closes the complete file. Throws if elements are missing. */
  async finish(): Promise<void> {
    const [missing] = this.#pending;
    if (missing)
      throw new RangeError(`${missing.missing} elements of ${missing.name} are missing.`);
    await this.#file.close();
  }

  /** Closes the file, complete or not. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let written = 0; written < bytes.length;) {
      written += (await this.#file.write(bytes, written)).bytesWritten;
    }
  }
}
