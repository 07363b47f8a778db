import type {Dtype} from '../tensor.ts';
import {elementCount} from '../tensor.ts';
import {rowMajorStrides} from './values.ts';

/** A tensor to be saved, row-major, with a storage of its own. */
export class TensorToSave<D = unknown> {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** The data from which the writer gets the elements. */
  readonly source: D;

  constructor(tensor: {dtype: Dtype; shape: readonly number[]; source: D}) {
    this.dtype = tensor.dtype;
    this.shape = tensor.shape;
    this.source = tensor.source;
  }
}

/** A value that can be saved. A map becomes a dictionary. */
export type ToSave<D = unknown> =
  | boolean
  | number
  | string
  | readonly ToSave<D>[]
  | ReadonlyMap<string, ToSave<D>>
  | TensorToSave<D>;

/** A pickle of protocol 2 as `torch.save` writes it, and its tensors: the storage of the nth has the key n. */
export function pickle<D>(value: ToSave<D>): {bytes: Buffer; tensors: readonly TensorToSave<D>[]} {
  const pickler = new Pickler<D>();
  pickler.save(value);
  return {bytes: pickler.finish(), tensors: pickler.tensors};
}

const storageTypes: Readonly<Partial<Record<Dtype, string>>> = {
  F64: 'DoubleStorage',
  F32: 'FloatStorage',
  F16: 'HalfStorage',
  BF16: 'BFloat16Storage',
  I64: 'LongStorage',
  I32: 'IntStorage',
  I16: 'ShortStorage',
  I8: 'CharStorage',
  U8: 'ByteStorage',
  BOOL: 'BoolStorage',
};

class Pickler<D> {
  readonly tensors: TensorToSave<D>[] = [];
  readonly #parts: Buffer[] = [];

  constructor() {
    this.#code('\x80\x02');
  }

  finish(): Buffer {
    this.#code('.');
    return Buffer.concat(this.#parts);
  }

  save(value: ToSave<D>): void {
    if (value instanceof TensorToSave) this.#tensor(value);
    else if (value instanceof Map) this.#dictionary(value as ReadonlyMap<string, ToSave<D>>);
    else if (typeof value === 'string') this.#text(value);
    else if (typeof value === 'boolean') this.#code(value ? '\x88' : '\x89');
    else if (typeof value === 'number') this.#number(value);
    else this.#list(value as readonly ToSave<D>[]);
  }

  #list(values: readonly ToSave<D>[]): void {
    this.#code('](');
    for (const value of values) this.save(value);
    this.#code('e');
  }

  #dictionary(entries: ReadonlyMap<string, ToSave<D>>): void {
    this.#code('}(');
    for (const [name, value] of entries) {
      this.#text(name);
      this.save(value);
    }
    this.#code('u');
  }

  #text(text: string): void {
    const bytes = Buffer.from(text);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    this.#code('X');
    this.#parts.push(length, bytes);
  }

  /** Whole numbers become Python's int, other numbers its float. */
  #number(value: number): void {
    const isInt = Number.isInteger(value) && Math.abs(value) < 2 ** 31;
    const bytes = Buffer.alloc(isInt ? 4 : 8);
    if (isInt) bytes.writeInt32LE(value);
    else if (Number.isSafeInteger(value)) bytes.writeBigInt64LE(BigInt(value));
    else bytes.writeDoubleBE(value);
    this.#code(isInt ? 'J' : Number.isSafeInteger(value) ? '\x8a\x08' : 'G');
    this.#parts.push(bytes);
  }

  /** A call of `torch._utils._rebuild_tensor_v2(storage, 0, shape, strides, False, OrderedDict())`. */
  #tensor(tensor: TensorToSave<D>): void {
    const {dtype, shape} = tensor;
    const storageType = storageTypes[dtype];
    if (storageType === undefined) throw new RangeError(`PyTorch has no storage of ${dtype}.`);
    this.#code('ctorch._utils\n_rebuild_tensor_v2\n((');
    this.#text('storage');
    this.#code(`ctorch\n${storageType}\n`);
    this.#text(String(this.tensors.length));
    this.#text('cpu');
    this.#number(elementCount(shape));
    this.#code('tQ');
    this.#number(0);
    this.#tuple(shape);
    this.#tuple(rowMajorStrides(shape));
    this.#code('\x89ccollections\nOrderedDict\n)RtR');
    this.tensors.push(tensor);
  }

  #tuple(numbers: readonly number[]): void {
    this.#code('(');
    for (const number of numbers) this.#number(number);
    this.#code('t');
  }

  #code(text: string): void {
    this.#parts.push(Buffer.from(text, 'latin1'));
  }
}
