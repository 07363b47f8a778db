import {open, readFile, stat} from 'node:fs/promises';
import {readFlags} from '../base/read-text.ts';
import {CorruptFile} from '../formats/file-fault.ts';
import {parsePngHeader, pngHeaderBytes} from '../formats/pictures/png-header.ts';
import {readUpTo} from '../formats/read-exactly.ts';
import {DeviationGatherer, type Deviation} from './deviation.ts';
import {StatisticsGatherer, type Statistics} from './statistics.ts';

/** A description of a PNG file. */
export interface ImageDescription extends ImageForm {
  readonly kind: 'image';
  /** Statistics of all values of all pixels. Absent: the picture is too large. */
  readonly statistics?: Statistics;
}

/** The header of a picture. */
export interface ImageForm {
  /** In pixels. */
  readonly width: number;
  readonly height: number;
  /**
   * 1 for grey, 2 for grey with opacity, 3 for colours, 4 for colours with opacity. A picture with a palette has 1: the
   * index into the palette.
   */
  readonly channels: number;
  /** Bits per channel. */
  readonly depth: number;
}

/** Two pictures. Without numbers: they have different dimensions, or are too large to be compared. */
export interface ImageComparison extends Partial<Deviation> {
  readonly kind: 'image';
  readonly a: ImageForm;
  readonly b: ImageForm;
}

/** Pictures that take more memory than this are not read pixel by pixel. */
const maxBytes = 1 << 28;

/** @throws CorruptFile; or the file system's error */
export async function describeImage(path: string): Promise<ImageDescription> {
  const form = await readForm(path);
  if ((await bytesNeeded(path, form)) > maxBytes) return {kind: 'image', ...form};
  const gatherer = new StatisticsGatherer();
  gatherer.add(await readPixels(path));
  return {kind: 'image', ...form, statistics: gatherer.statistics};
}

async function bytesNeeded(path: string, {width, height, channels}: ImageForm): Promise<number> {
  return Math.max(width * height * channels * 2, (await stat(path)).size);
}

async function readForm(path: string): Promise<ImageForm> {
  const header = parsePngHeader(await readStart(path));
  if (header === undefined) throw new CorruptFile(path, 'not a PNG picture');
  const {width, height, samples: channels, depth} = header;
  if (channels === 0) throw new CorruptFile(path, 'its pixels are of no known kind');
  return {width, height, channels, depth};
}

async function readStart(path: string): Promise<Buffer> {
  const handle = await open(path, readFlags);
  try {
    return await readUpTo(handle, 0, pngHeaderBytes);
  } finally {
    await handle.close();
  }
}

/** @throws CorruptFile; or the file system's error */
export async function compareImages(pathA: string, pathB: string): Promise<ImageComparison> {
  const [a, b] = [await readForm(pathA), await readForm(pathB)];
  const isSameForm = (['width', 'height', 'channels', 'depth'] as const).every(
    (name) => a[name] === b[name],
  );
  const needed = Math.max(await bytesNeeded(pathA, a), await bytesNeeded(pathB, b));
  if (!isSameForm || needed > maxBytes) return {kind: 'image', a, b};
  const gatherer = new DeviationGatherer();
  gatherer.add(await readPixels(pathA), await readPixels(pathB));
  return {kind: 'image', a, b, ...gatherer.deviation};
}

async function readPixels(path: string): Promise<ArrayLike<number>> {
  const {decode} = await import('fast-png');
  const bytes = await readFile(path, {flag: readFlags});
  try {
    return decode(bytes, {checkCrc: true}).data;
  } catch (cause) {
    throw new CorruptFile(path, 'damaged: it cannot be read as a PNG picture', {cause});
  }
}
