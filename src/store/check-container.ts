import {open, type FileHandle} from 'node:fs/promises';
import {readFlags} from '../base/read-text.ts';
import type {Container} from '../contract/media.ts';

/**
 * What is wrong with how a file is framed, as the end of a sentence, or `undefined` if nothing is. Large files are
 * judged by their ends, text by all of its bytes.
 */
export async function checkContainer(
  file: string,
  container: Container,
): Promise<string | undefined> {
  const handle = await open(file, readFlags);
  try {
    const {size} = await handle.stat();
    return await checks[container](handle, size);
  } finally {
    await handle.close();
  }
}

const checks: Readonly<
  Record<Container, (handle: FileHandle, size: number) => Promise<string | undefined>>
> = {
  arrow: checkArrow,
  safetensors: checkSafetensors,
  png: checkPng,
  text: checkText,
  bytes: () => Promise.resolve(undefined),
};

const arrowMagic = Buffer.from('ARROW1');

async function checkArrow(handle: FileHandle, size: number): Promise<string | undefined> {
  const start = await bytesAt(handle, 0, arrowMagic.length);
  if (!start.equals(arrowMagic)) return 'does not start as an Arrow IPC file';
  const end = await bytesAt(handle, size - arrowMagic.length, arrowMagic.length);
  // 18: magic and padding, an empty footer's length, and the magic again.
  if (size < 18 || !end.equals(arrowMagic)) return 'is an Arrow IPC file that was cut off';
  return undefined;
}

async function checkSafetensors(handle: FileHandle, size: number): Promise<string | undefined> {
  if (size < 8) return 'is too short for a safetensors file';
  const headerBytes = (await bytesAt(handle, 0, 8)).readBigUInt64LE();
  if (headerBytes > BigInt(size - 8)) return 'is a safetensors file whose header is cut off';
  const header = parseObject(await bytesAt(handle, 8, Number(headerBytes)));
  if (header === undefined) return 'is a safetensors file whose header is not JSON';
  const expected = 8 + Number(headerBytes) + dataBytes(header);
  if (expected === size) return undefined;
  return `is a safetensors file of ${size} bytes whose header describes ${expected}`;
}

function parseObject(bytes: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return typeof value === 'object' && value !== null ? {...value} : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Where the last tensor ends; NaN if an entry has no offsets, which equals no size. */
function dataBytes(header: Readonly<Record<string, unknown>>): number {
  const ends = Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(([, entry]) => (entry as {data_offsets?: [number, number]} | null)?.data_offsets?.[1]);
  return ends.reduce<number>((last, end) => Math.max(last, end ?? Number.NaN), 0);
}

const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** The chunk that ends every PNG: no data, its name, its checksum. */
const pngEnd = Buffer.from([0, 0, 0, 0, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82]);

async function checkPng(handle: FileHandle, size: number): Promise<string | undefined> {
  const start = await bytesAt(handle, 0, pngSignature.length);
  if (!start.equals(pngSignature)) return 'does not start as a PNG file';
  const end = await bytesAt(handle, size - pngEnd.length, pngEnd.length);
  return end.equals(pngEnd) ? undefined : 'is a PNG file that was cut off';
}

async function checkText(handle: FileHandle): Promise<string | undefined> {
  const decoder = new TextDecoder('utf-8', {fatal: true});
  try {
    for await (const chunk of handle.createReadStream({autoClose: false})) {
      decoder.decode(chunk as Uint8Array, {stream: true});
    }
    decoder.decode();
    return undefined;
  } catch (error) {
    if (error instanceof TypeError) return 'is not UTF-8 text';
    throw error;
  }
}

/** Up to `length` bytes from a position; fewer where the file has no more. */
async function bytesAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const {bytesRead} = await handle.read(buffer, 0, length, Math.max(0, position));
  return buffer.subarray(0, bytesRead);
}
