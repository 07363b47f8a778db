import type {Metadata, TensorInfo} from '../formats/safetensors/safetensors-header.ts';
import {SafetensorsFile} from '../formats/safetensors/safetensors-file.ts';
import {elementCount, type Tensor} from '../formats/tensor.ts';
import {DeviationGatherer, type Deviation} from './deviation.ts';
import {metadataDifferences, type MetadataDifference} from './metadata-differences.ts';
import {StatisticsGatherer, type Statistics} from './statistics.ts';

export interface TensorSummary extends TensorInfo {
  readonly name: string;
  readonly statistics: Statistics;
  /**
   * Its first elements, row-major. Values without a JSON number are text: `NaN`, and whole numbers too large for a
   * double.
   */
  readonly first: readonly (number | string)[];
}

/** A description of a safetensors file. */
export interface TensorsDescription {
  readonly kind: 'tensors';
  /** In file order. */
  readonly tensors: readonly TensorSummary[];
  readonly metadata: Metadata;
}

/** A tensor in two files. Without numbers: only one file has it, or the shapes differ. */
export interface TensorComparison extends Partial<Deviation> {
  readonly name: string;
  /** Absent: that file lacks the tensor. */
  readonly a?: TensorInfo;
  readonly b?: TensorInfo;
}

export interface TensorsComparison {
  readonly kind: 'tensors';
  /** All tensors, including equal ones: A's in file order, then those that only B has. */
  readonly tensors: readonly TensorComparison[];
  readonly metadata: readonly MetadataDifference[];
}

/** Number of elements in memory at a time. */
const chunkElements = 1 << 20;

/** @throws CorruptFile; or the file system's error */
export async function describeTensors(path: string): Promise<TensorsDescription> {
  await using file = await SafetensorsFile.open(path);
  const tensors: TensorSummary[] = [];
  for (const name of file.names) {
    const {dtype, shape} = file.info(name);
    const gatherer = new StatisticsGatherer();
    let first: TensorSummary['first'] | undefined;
    for (const range of chunks(elementCount(shape))) {
      const data = await file.read(name, range);
      first ??= firstOf(data);
      gatherer.add(data);
    }
    tensors.push({name, dtype, shape, statistics: gatherer.statistics, first: first ?? []});
  }
  return {kind: 'tensors', tensors, metadata: file.metadata};
}

/** Number of elements that are shown. */
const shownElements = 8;

function firstOf(data: Tensor['data']): TensorSummary['first'] {
  const elements: readonly (number | bigint)[] = [...data.subarray(0, shownElements)];
  return elements.map((value) => {
    const number = Number(value);
    const isExact = typeof value === 'number' || Number.isSafeInteger(number);
    return isExact && Number.isFinite(number) ? number : String(value);
  });
}

/** @throws CorruptFile; or the file system's error */
export async function compareTensors(pathA: string, pathB: string): Promise<TensorsComparison> {
  await using a = await SafetensorsFile.open(pathA);
  await using b = await SafetensorsFile.open(pathB);
  const tensors: TensorComparison[] = [];
  const [inA, inB] = [new Set(a.names), new Set(b.names)];
  for (const name of new Set([...inA, ...inB])) {
    const was = inA.has(name) ? infoOf(a, name) : undefined;
    const now = inB.has(name) ? infoOf(b, name) : undefined;
    const isComparable = was !== undefined && String(was.shape) === String(now?.shape);
    const deviation = isComparable ? await deviationOf(name, a, b) : {};
    tensors.push({name, ...(was && {a: was}), ...(now && {b: now}), ...deviation});
  }
  const metadata = metadataDifferences(entries(a.metadata), entries(b.metadata));
  return {kind: 'tensors', tensors, metadata};
}

function infoOf(file: SafetensorsFile, name: string): TensorInfo {
  const {dtype, shape} = file.info(name);
  return {dtype, shape};
}

/** The deviation of a tensor that both files have, with the same shape. */
async function deviationOf(
  name: string,
  a: SafetensorsFile,
  b: SafetensorsFile,
): Promise<Deviation> {
  const gatherer = new DeviationGatherer();
  for (const range of chunks(elementCount(a.shape(name)))) {
    gatherer.add(await a.read(name, range), await b.read(name, range));
  }
  return gatherer.deviation;
}

function* chunks(count: number): Iterable<{readonly offset: number; readonly count: number}> {
  for (let offset = 0; offset < count; offset += chunkElements) {
    yield {offset, count: Math.min(chunkElements, count - offset)};
  }
}

function entries(metadata: Metadata): ReadonlyMap<string, string> {
  return new Map(Object.entries(metadata));
}
