import {open, readFile, stat} from 'node:fs/promises';
import {readFlags} from '../base/read-text.ts';
import {CorruptFile} from '../formats/file-fault.ts';
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

/** The signature and the first chunk: its length, its name and 13 bytes. */
const headerBytes = 8 + 4 + 4 + 13;

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
  const header = await readHeader(path);
  const isPng = header.toString('latin1', 0, 8) === '\x89PNG\r\n\x1a\n';
  if (!isPng || header.toString('latin1', 12, 16) !== 'IHDR') {
    throw new CorruptFile(path, 'not a PNG picture');
  }
  const channels = channelsOf.get(header.readUInt8(25));
  if (channels === undefined) throw new CorruptFile(path, 'its pixels are of no known kind');
  const [width, height] = [header.readUInt32BE(16), header.readUInt32BE(20)];
  return {width, height, channels, depth: header.readUInt8(24)};
}

/** Channels by the header's colour type. */
const channelsOf: ReadonlyMap<number, number> = new Map([
  [0, 1],
  [2, 3],
  [3, 1],
  [4, 2],
  [6, 4],
]);

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

async function readHeader(path: string): Promise<Buffer> {
  const handle = await open(path, readFlags);
  try {
    const header = Buffer.alloc(headerBytes);
    const {bytesRead} = await handle.read(header, 0, headerBytes, 0);
    if (bytesRead < headerBytes) throw new CorruptFile(path, 'too short for a PNG picture');
    return header;
  } finally {
    await handle.close();
  }
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
