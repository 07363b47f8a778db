import {open, type FileHandle} from 'node:fs/promises';
import {readFlags} from '../../base/read-text.ts';
import {CorruptFile} from '../../formats/file-fault.ts';
import {findStrayTensor} from '../../formats/safetensors/finite-tensors.ts';
import {SafetensorsFile} from '../../formats/safetensors/safetensors-file.ts';
import type {Container, Media} from '../../contract/media.ts';

/**
 * The fault of a file of a media, as the end of a sentence, or `undefined` if there is none: in its framing, or in its
 * numbers if its media requires finite ones. Pictures and Arrow files without such a requirement are checked by their
 * first and last bytes, safetensors by their header, text by all of its bytes. Rejects with the file system's error.
 */
export async function checkContainer(
  file: string,
  {container, finite}: Pick<Media, 'container' | 'finite'>,
): Promise<string | undefined> {
  try {
    const fault = await checkFraming(file, container);
    if (fault !== undefined || finite === undefined) return fault;
    return await findStrays[container]?.(file, finite);
  } catch (error) {
    if (error instanceof CorruptFile) return `is no sound ${container} file (${error.sentence})`;
    throw error;
  }
}

/** Memory is bounded for a safetensors file; for an Arrow file, one record batch is in memory at a time. */
const findStrays: Partial<
  Record<
    Container,
    (file: string, finite: NonNullable<Media['finite']>) => Promise<string | undefined>
  >
> = {
  safetensors: findStrayTensor,
  arrow: async (file, finite) => {
    // The Arrow library loads slowly.
    const {findStrayColumn} = await import('../../formats/arrow/finite-columns.ts');
    return await findStrayColumn(file, finite);
  },
};

async function checkFraming(file: string, container: Container): Promise<string | undefined> {
  if (container === 'safetensors') return await checkSafetensors(file);
  const handle = await open(file, readFlags);
  try {
    const {size} = await handle.stat();
    return await checks[container](handle, size);
  } finally {
    await handle.close();
  }
}

/** Checks that the tensors follow each other without gaps from the end of the header to the end of the file. */
async function checkSafetensors(file: string): Promise<undefined> {
  await using _ = await SafetensorsFile.open(file);
}

const checks: Readonly<
  Record<
    Exclude<Container, 'safetensors'>,
    (handle: FileHandle, size: number) => Promise<string | undefined>
  >
> = {
  arrow: checkArrow,
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

/** Up to `length` bytes from a position; fewer at the end of the file. */
async function bytesAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const {bytesRead} = await handle.read(buffer, 0, length, Math.max(0, position));
  return buffer.subarray(0, bytesRead);
}
