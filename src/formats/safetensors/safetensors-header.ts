import {CorruptFile} from '../file-fault.ts';
import {bytesPerElement, elementCount} from '../tensor.ts';
import type {Dtype, Tensor} from '../tensor.ts';

/** Texts about a file, by name. */
export type Metadata = Readonly<Record<string, string>>;

/** A tensor's type and shape, without its elements. */
export type TensorInfo = Pick<Tensor, 'dtype' | 'shape'>;

/** The range of a tensor's bytes: from `begin` (included) to `end` (excluded), counted from the end of the header. */
export type Placed = TensorInfo & {readonly begin: number; readonly end: number};

export interface Header {
  /** In file order, without gaps. */
  readonly tensors: ReadonlyMap<string, Placed>;
  readonly metadata: Metadata;
}

/** The length field before a header, in bytes. */
export const headerLengthSize = 8;

/** Size limit of a header: that of the format's own readers. */
const maxHeaderBytes = 100_000_000;

/** Names with a meaning in JavaScript objects, which a careless reader would assign to. */
const reservedNames: ReadonlySet<string> = new Set(['__proto__', 'prototype', 'constructor']);

/** Places tensors one after the other, in the order given. */
export function placeTensors(
  tensors: ReadonlyMap<string, TensorInfo>,
): ReadonlyMap<string, Placed> {
  const placed = new Map<string, Placed>();
  let end = 0;
  for (const [name, {dtype, shape}] of tensors) {
    if (reservedNames.has(name) || name === '__metadata__') {
      throw new RangeError(`A tensor cannot be called ${name}.`);
    }
    const begin = end;
    end = begin + elementCount(shape) * bytesPerElement[dtype];
    placed.set(name, {dtype, shape, begin, end});
  }
  return placed;
}

/** The length field and the header, padded with spaces so that the tensors begin at a multiple of 8. */
export function headerBytes({tensors, metadata}: Header): Uint8Array {
  const entries = [...tensors].map(([name, {dtype, shape, begin, end}]) => [
    name,
    {dtype, shape, data_offsets: [begin, end]},
  ]);
  const named = Object.keys(metadata).length === 0 ? [] : [['__metadata__', metadata]];
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries([...named, ...entries])));
  const length = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(headerLengthSize + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, headerLengthSize);
  return bytes;
}

/** Whether a file of `fileBytes` bytes that starts like this may hold tensors: a header of JSON follows its length. */
export function startsAsSafetensors(start: Uint8Array, fileBytes: number): boolean {
  return start[headerLengthSize] === 0x7b && headerLengthIn(start) <= BigInt(fileBytes);
}

/**
 * The length of the header, from its length field.
 * @throws CorruptFile if a file of `fileBytes` bytes cannot contain it
 */
export function parseHeaderLength(field: Uint8Array, fileBytes: number, file: string): number {
  if (field.length < headerLengthSize) {
    throw new CorruptFile(file, `${fileBytes} bytes are too few for a safetensors file`);
  }
  const length = headerLengthIn(field);
  if (length > BigInt(maxHeaderBytes)) {
    throw new CorruptFile(file, `not a safetensors file: its header would be ${length} bytes long`);
  }
  if (Number(length) > fileBytes - headerLengthSize) {
    throw new CorruptFile(
      file,
      `the header should be ${length} bytes long but the file ends first`,
    );
  }
  return Number(length);
}

function headerLengthIn(field: Uint8Array): bigint {
  return new DataView(field.buffer, field.byteOffset).getBigUint64(0, true);
}

/**
 * Parses a header and checks it against the number of bytes that follow it.
 * @throws CorruptFile unless the tensors fill those bytes without gap or overlap
 */
export function parseHeader(json: Uint8Array, dataBytes: number, file: string): Header {
  const header = parseJsonObject(json, file);
  const tensors: [string, Placed][] = [];
  let metadata: Metadata = {};
  for (const [name, value] of Object.entries(header)) {
    if (reservedNames.has(name)) throw new CorruptFile(file, `it holds a tensor called ${name}`);
    if (name === '__metadata__') metadata = parseMetadata(value, file);
    else tensors.push([name, parseTensor(name, value, file)]);
  }
  tensors.sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  assertContiguous(tensors, dataBytes, file);
  return {tensors: new Map(tensors), metadata};
}

function parseJsonObject(json: Uint8Array, file: string): object {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', {fatal: true}).decode(json));
  } catch (cause) {
    throw new CorruptFile(file, 'not a safetensors file: its header is not JSON', {cause});
  }
  if (!isObject(value)) throw new CorruptFile(file, 'the header must be a JSON object');
  return value;
}

function parseMetadata(value: unknown, file: string): Metadata {
  if (!isObject(value)) throw new CorruptFile(file, '__metadata__ must be a JSON object');
  const entries = Object.entries(value).map(([name, text]: [string, unknown]) => {
    if (typeof text !== 'string' || reservedNames.has(name)) {
      throw new CorruptFile(file, `__metadata__ must hold texts, and ${name} is not one`);
    }
    return [name, text] as const;
  });
  return Object.fromEntries(entries);
}

function parseTensor(name: string, value: unknown, file: string): Placed {
  const fault = (sentence: string): CorruptFile =>
    new CorruptFile(file, `tensor ${JSON.stringify(name)} ${sentence}`);
  if (!isObject(value)) throw fault('has no description');
  const {dtype, shape, data_offsets: offsets} = value as Record<string, unknown>;
  if (!isDtype(dtype)) throw fault(`has dtype ${JSON.stringify(dtype)}, which is not supported`);
  if (!isCounts(shape)) throw fault(`has shape ${JSON.stringify(shape)}`);
  if (!isCounts(offsets) || offsets.length !== 2) {
    throw fault(`has data_offsets ${JSON.stringify(offsets)}`);
  }
  const [begin = 0, end = 0] = offsets;
  const needed = elementCount(shape) * bytesPerElement[dtype];
  if (end - begin !== needed) {
    throw fault(`needs ${needed} bytes for [${shape.join(', ')}] ${dtype}, got ${end - begin}`);
  }
  return {dtype, shape, begin, end};
}

function assertContiguous(
  tensors: readonly (readonly [string, Placed])[],
  dataBytes: number,
  file: string,
): void {
  let end = 0;
  for (const [name, placed] of tensors) {
    const fault = placed.begin < end ? 'overlaps the tensor before it' : 'leaves a gap before it';
    if (placed.begin !== end)
      throw new CorruptFile(file, `tensor ${JSON.stringify(name)} ${fault}`);
    end = placed.end;
  }
  if (end !== dataBytes) {
    throw new CorruptFile(
      file,
      `its tensors take ${end} bytes but ${dataBytes} bytes follow the header`,
    );
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isDtype(value: unknown): value is Dtype {
  return typeof value === 'string' && Object.hasOwn(bytesPerElement, value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((count) => Number.isSafeInteger(count) && count >= 0);
}
