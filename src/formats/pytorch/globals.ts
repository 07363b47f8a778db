import type {Dtype} from '../tensor.ts';
import {bytesPerElement, elementCount} from '../tensor.ts';
import {PtTensor, type PtStorage} from './values.ts';

/**
 * A Python object that a pickle refers to by name. Only those in `globals` exist: a name from a file is never looked up
 * elsewhere, and nothing is run.
 */
export class PtGlobal {
  readonly name: string;
  readonly kind: 'storage type' | 'element type' | 'function';
  /** Set for element types, and for storage types that have one. */
  readonly dtype: Dtype | undefined;
  /** Calls the object. @throws RangeError with a sentence if the arguments are invalid */
  readonly call: ((args: readonly unknown[]) => unknown) | undefined;

  constructor(
    name: string,
    is: Pick<PtGlobal, 'kind'> & Partial<Pick<PtGlobal, 'dtype' | 'call'>>,
  ) {
    this.name = name;
    this.kind = is.kind;
    this.dtype = is.dtype;
    this.call = is.call;
  }
}

/** A storage that a pickle refers to. If it has no element type, its count is in bytes. */
export class StorageReference {
  readonly key: string;
  readonly dtype: Dtype | undefined;
  readonly count: number;

  constructor(key: string, dtype: Dtype | undefined, count: number) {
    this.key = key;
    this.dtype = dtype;
    this.count = count;
  }
}

const storageTypes: Readonly<Record<string, Dtype>> = {
  DoubleStorage: 'F64',
  FloatStorage: 'F32',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  LongStorage: 'I64',
  IntStorage: 'I32',
  ShortStorage: 'I16',
  CharStorage: 'I8',
  ByteStorage: 'U8',
  BoolStorage: 'BOOL',
};

const elementTypes: Readonly<Record<string, Dtype>> = {
  float64: 'F64',
  float32: 'F32',
  float16: 'F16',
  bfloat16: 'BF16',
  int64: 'I64',
  int32: 'I32',
  int16: 'I16',
  int8: 'I8',
  uint64: 'U64',
  uint32: 'U32',
  uint16: 'U16',
  uint8: 'U8',
  bool: 'BOOL',
};

/** All Python objects that a PyTorch file may refer to, by module and name. */
export const globals: ReadonlyMap<string, PtGlobal> = new Map(
  [
    ...Object.entries(storageTypes).map(
      ([name, dtype]) => new PtGlobal(`torch.${name}`, {kind: 'storage type', dtype}),
    ),
    new PtGlobal('torch.storage.UntypedStorage', {kind: 'storage type'}),
    new PtGlobal('torch.UntypedStorage', {kind: 'storage type'}),
    ...Object.entries(elementTypes).map(
      ([name, dtype]) => new PtGlobal(`torch.${name}`, {kind: 'element type', dtype}),
    ),
    new PtGlobal('torch._utils._rebuild_tensor_v2', {kind: 'function', call: rebuildTensor}),
    new PtGlobal('torch._utils._rebuild_tensor_v3', {kind: 'function', call: rebuildTypedTensor}),
    new PtGlobal('torch._utils._rebuild_parameter', {kind: 'function', call: rebuildParameter}),
    new PtGlobal('torch.Size', {kind: 'function', call: rebuildSize}),
    new PtGlobal('collections.OrderedDict', {kind: 'function', call: rebuildDictionary}),
  ].map((global) => [global.name, global]),
);

/** Arguments: storage, offset, size, stride; later ones concern gradients. */
function rebuildTensor([storage, ...view]: readonly unknown[]): PtTensor {
  if (!(storage instanceof StorageReference) || storage.dtype === undefined) {
    throw new RangeError('a tensor has no storage');
  }
  const {key, dtype, count} = storage;
  return tensorOf({key, dtype, count}, view);
}

/** As `rebuildTensor`, with the element type as the last argument, because the storage has none. */
function rebuildTypedTensor(args: readonly unknown[]): PtTensor {
  const [storage, ...view] = args;
  const type = args[6];
  if (!(storage instanceof StorageReference) || storage.dtype !== undefined) {
    throw new RangeError('a tensor has no storage');
  }
  if (!(type instanceof PtGlobal) || type.kind !== 'element type') {
    throw new RangeError('a tensor has no element type');
  }
  const dtype = type.dtype!;
  const count = Math.floor(storage.count / bytesPerElement[dtype]);
  return tensorOf({key: storage.key, dtype, count}, view);
}

function tensorOf(storage: PtStorage, [offset, shape, strides]: readonly unknown[]): PtTensor {
  if (!isCount(offset) || !isCounts(shape) || !isCounts(strides)) {
    throw new RangeError('a tensor has no offset, shape and strides');
  }
  if (shape.length !== strides.length) {
    throw new RangeError(`a tensor has ${shape.length} axes and ${strides.length} strides`);
  }
  const last = shape.reduce((at, extent, i) => at + (extent - 1) * strides[i]!, offset);
  if (elementCount(shape) > 0 && last >= storage.count) {
    const view = `[${shape.join(', ')}] from ${offset} with strides [${strides.join(', ')}]`;
    throw new RangeError(`a tensor ${view} lies outside of its ${storage.count} elements`);
  }
  return new PtTensor({storage, offset, shape, strides});
}

/** PyTorch's own limit. */
const maxAxes = 64;

function rebuildParameter([data]: readonly unknown[]): PtTensor {
  if (!(data instanceof PtTensor)) throw new RangeError('a parameter has no tensor');
  return data;
}

function rebuildSize([shape]: readonly unknown[]): readonly number[] {
  if (!isCounts(shape)) throw new RangeError('a size is no list of whole numbers');
  return shape;
}

/**
 * Makes an empty dictionary; later instructions fill it. One made from a list could be many times larger than the bytes
 * that ask for it.
 */
function rebuildDictionary(args: readonly unknown[]): Map<unknown, unknown> {
  if (args.length > 0) throw new RangeError('a dictionary is made of something');
  return new Map();
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

/** Whole numbers, one per axis. Longer lists are not examined, since many tensors may share one list. */
function isCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length <= maxAxes && value.every(isCount);
}
