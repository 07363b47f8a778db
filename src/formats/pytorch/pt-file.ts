import {open} from 'node:fs/promises';
import type {FileHandle} from 'node:fs/promises';
import {readFlags} from '../../base/read-text.ts';
import {CorruptFile, UnsupportedFile} from '../file-fault.ts';
import {readUpTo} from '../read-exactly.ts';
import {startsAs} from '../signature.ts';
import {StoredZip} from '../zip/stored-zip.ts';
import {bytesPerElement, elementCount, elementsOfBuffer, type Tensor} from '../tensor.ts';
import {unpickle} from './unpickler.ts';
import {rowMajorStrides, type PtTensor, type PtValue} from './values.ts';

/**
 * A file that `torch.save` wrote, read on demand: only the description of its tensors is kept in memory. Nothing in it
 * is run.
 */
export class PtFile implements AsyncDisposable {
  /** The saved value. */
  readonly value: PtValue;
  readonly sizeBytes: number;
  readonly #name: string;
  readonly #handle: FileHandle;
  readonly #zip: StoredZip;
  /** Prefix of the names of all entries. */
  readonly #prefix: string;

  private constructor(
    name: string,
    opened: {
      handle: FileHandle;
      zip: StoredZip;
      prefix: string;
      value: PtValue;
      sizeBytes: number;
    },
  ) {
    this.#name = name;
    this.#handle = opened.handle;
    this.#zip = opened.zip;
    this.#prefix = opened.prefix;
    this.value = opened.value;
    this.sizeBytes = opened.sizeBytes;
  }

  /**
   * @param name the file's name in errors
   * @throws CorruptFile, UnsupportedFile; or the file system's error
   */
  static async open(path: string, name = path): Promise<PtFile> {
    const handle = await open(path, readFlags);
    try {
      const {size: sizeBytes} = await handle.stat();
      await assertZip(handle, name);
      const zip = await StoredZip.open(handle, name);
      const prefix = prefixOf(zip, name);
      await assertLittleEndian(zip, prefix, name);
      const value = unpickle(await readPickle(zip, prefix, name), name);
      return new PtFile(name, {handle, zip, prefix, value, sizeBytes});
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /**
   * A tensor's elements, row-major. Only the bytes from its first to its last element are read.
   * @throws CorruptFile; UnsupportedFile if strides repeat elements so that it has more elements than the file has
   * bytes
   */
  async read(tensor: PtTensor): Promise<Tensor> {
    const {storage, shape, strides} = tensor;
    const {dtype} = storage;
    const count = elementCount(shape);
    if (count > this.sizeBytes) {
      const sentence = `a tensor [${shape.join(', ')}] has more elements than the file has bytes`;
      throw new UnsupportedFile(this.#name, sentence);
    }
    if (count === 0)
      return {dtype, shape, data: elementsOfBuffer(dtype, new ArrayBuffer(0))} as Tensor;
    const span = shape.reduce((last, extent, i) => last + (extent - 1) * strides[i]!, 0) + 1;
    const bytes = await this.#storageBytes(tensor, span);
    const data = isRowMajor(tensor) ? bytes : gather(bytes, tensor, bytesPerElement[dtype]);
    return {dtype, shape, data: elementsOfBuffer(dtype, data.buffer)} as Tensor;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }

  async #storageBytes({storage, offset}: PtTensor, count: number): Promise<Buffer<ArrayBuffer>> {
    const {key, dtype} = storage;
    const entry = `${this.#prefix}data/${key}`;
    const size = bytesPerElement[dtype];
    const found = this.#zip.sizeBytes(entry);
    if (found === undefined || found < storage.count * size) {
      const needed = `${storage.count * size} bytes`;
      throw new CorruptFile(
        this.#name,
        `damaged: ${entry} must have ${needed}, got ${found ?? 'none'}`,
      );
    }
    return await this.#zip.read(entry, {offset: offset * size, count: count * size});
  }
}

/** Size limit of a pickle: more than the description of the tensors of thousands of snapshots. */
const maxPickleBytes = 1 << 28;

async function assertZip(handle: FileHandle, file: string): Promise<void> {
  const start = await readUpTo(handle, 0, 4);
  if (startsAs('zip', start)) return;
  if (start.toString('latin1', 0, 3) === '\x80\x02\x8a') {
    const sentence =
      'it has the form of before PyTorch 1.6, which is not read: load it with torch.load and save it with torch.save';
    throw new UnsupportedFile(file, sentence);
  }
  throw new CorruptFile(file, 'not a PyTorch file');
}

/** The folder that contains all entries; its name is that of the file when it was saved. */
function prefixOf(zip: StoredZip, file: string): string {
  const pickles = zip.names.filter((name) => /^[^/]+\/data\.pkl$/.test(name));
  const [pickle] = pickles;
  if (pickle === undefined || pickles.length > 1) {
    throw new CorruptFile(file, 'not a PyTorch file: a zip file without a data.pkl in a folder');
  }
  const prefix = pickle.slice(0, -'data.pkl'.length);
  if (zip.names.includes(`${prefix}constants.pkl`)) {
    throw new UnsupportedFile(file, 'it is a TorchScript program; only tensors are read');
  }
  return prefix;
}

async function assertLittleEndian(zip: StoredZip, prefix: string, file: string): Promise<void> {
  const name = `${prefix}byteorder`;
  const sizeBytes = zip.sizeBytes(name);
  if (sizeBytes === undefined) return;
  const order = (await zip.read(name, {offset: 0, count: Math.min(sizeBytes, 16)})).toString();
  if (order === 'little') return;
  throw new UnsupportedFile(
    file,
    `its byte order is ${JSON.stringify(order)}; only "little" is read`,
  );
}

async function readPickle(zip: StoredZip, prefix: string, file: string): Promise<Buffer> {
  const name = `${prefix}data.pkl`;
  const count = zip.sizeBytes(name)!;
  if (count > maxPickleBytes) throw new UnsupportedFile(file, `${name} is larger than 256 MiB`);
  return await zip.read(name, {offset: 0, count});
}

function isRowMajor({shape, strides}: PtTensor): boolean {
  const expected = rowMajorStrides(shape);
  return shape.every((extent, i) => extent === 1 || strides[i] === expected[i]);
}

/** Copies a tensor's elements, of `size` bytes each, into row-major order. */
function gather(bytes: Buffer, {shape, strides}: PtTensor, size: number): Uint8Array<ArrayBuffer> {
  const gathered = new Uint8Array(elementCount(shape) * size);
  const index = shape.map(() => 0);
  let at = 0;
  for (let to = 0; to < gathered.length; to += size) {
    for (let byte = 0; byte < size; byte++) gathered[to + byte] = bytes[at * size + byte]!;
    // Counts up like an odometer, the last axis fastest.
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      at -= shape[axis]! * strides[axis]!;
      index[axis] = 0;
    }
  }
  return gathered;
}
