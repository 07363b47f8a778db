import {open} from 'node:fs/promises';
import type {FileHandle} from 'node:fs/promises';
import {readFlags} from '../../base/read-text.ts';
import {CorruptFile} from '../file-fault.ts';
import {fillExactly, readExactly} from '../read-exactly.ts';
import {headerLengthSize, parseHeader, parseHeaderLength} from './safetensors-header.ts';
import type {Header, Metadata, Placed, TensorInfo} from './safetensors-header.ts';
import {bytesPerElement, elementCount, elementsOfBuffer} from '../tensor.ts';
import type {Tensor} from '../tensor.ts';

/** Part of a tensor, counted in elements of its flat, row-major order. */
export interface ElementRange {
  /** The first element; defaults to 0. */
  readonly offset?: number;
  /** The number of elements; defaults to all that follow. */
  readonly count?: number;
}

/** A safetensors file that is read on demand: only its header is kept in memory. */
export class SafetensorsFile implements AsyncDisposable {
  readonly path: string;
  readonly #file: FileHandle;
  readonly #header: Header;
  readonly #dataBegin: number;

  private constructor(path: string, opened: {file: FileHandle; header: Header; dataBegin: number}) {
    this.path = path;
    this.#file = opened.file;
    this.#header = opened.header;
    this.#dataBegin = opened.dataBegin;
  }

  /** @throws CorruptFile; or the file system's error */
  static async open(path: string): Promise<SafetensorsFile> {
    const file = await open(path, readFlags);
    try {
      const {size} = await file.stat();
      const opened = {handle: file, path};
      const field = await readExactly(opened, 0, Math.min(size, headerLengthSize));
      const headerLength = parseHeaderLength(field, size, path);
      const dataBegin = headerLengthSize + headerLength;
      const json = await readExactly(opened, headerLengthSize, headerLength);
      const header = parseHeader(json, size - dataBegin, path);
      return new SafetensorsFile(path, {file, header, dataBegin});
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Names in file order. */
  get names(): readonly string[] {
    return [...this.#header.tensors.keys()];
  }

  get metadata(): Metadata {
    return this.#header.metadata;
  }

  /** @throws CorruptFile if there is no such tensor */
  info(name: string): TensorInfo {
    return this.#placed(name);
  }

  /** @throws CorruptFile if there is no such tensor */
  shape(name: string): readonly number[] {
    return this.#placed(name).shape;
  }

  /**
   * A tensor's elements, or a range of them; no other bytes are read.
   * @throws CorruptFile if there is no such tensor, or the file was cut short since it was opened
   */
  async read(name: string, range: ElementRange = {}): Promise<Tensor['data']> {
    const {length} = this.#place(name, range);
    const bytes = new Uint8Array(length);
    await this.readInto(bytes, name, range);
    return elementsOfBuffer(this.#placed(name).dtype, bytes.buffer);
  }

  /** As `read`, but copies the file's bytes to the beginning of `bytes`, which must have room for them. */
  async readInto(bytes: Uint8Array, name: string, range: ElementRange = {}): Promise<void> {
    const {position, length} = this.#place(name, range);
    const file = {handle: this.#file, path: this.path};
    await fillExactly(file, position, bytes.subarray(0, length), name);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** The position and length of a range's bytes in the file. */
  #place(name: string, range: ElementRange): {readonly position: number; readonly length: number} {
    const {dtype, shape, begin} = this.#placed(name);
    const {offset = 0, count = elementCount(shape) - offset} = range;
    if (offset < 0 || count < 0 || offset + count > elementCount(shape)) {
      throw new RangeError(`Tensor ${name} has no elements ${offset} … ${offset + count - 1}.`);
    }
    const size = bytesPerElement[dtype];
    return {position: this.#dataBegin + begin + offset * size, length: count * size};
  }

  #placed(name: string): Placed {
    const placed = this.#header.tensors.get(name);
    if (!placed) throw new CorruptFile(this.path, `it holds no tensor called ${name}`);
    return placed;
  }
}
