import {open, type FileHandle} from 'node:fs/promises';
import {readFlags} from '../../base/read-text.ts';
import {CorruptFile} from '../../formats/file-fault.ts';
import {findStrayTensor} from '../../formats/safetensors/finite-tensors.ts';
import {SafetensorsFile} from '../../formats/safetensors/safetensors-file.ts';
import {findTornEnd} from '../../formats/signature.ts';
import type {Container, MediaDefinition} from '../../contract/media.ts';

/**
 * The fault of a file of a media, as the end of a sentence, or `undefined` if there is none: in its framing, or in its
 * numbers if its media requires finite ones. Pictures and Arrow files without such a requirement are checked by their first
 * and last bytes, safetensors by their header, text by all of its bytes. Rejects with the file system's error.
 */
export async function checkContainer(
  file: string,
  {container, finite}: Pick<MediaDefinition, 'container' | 'finite'>,
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
    (file: string, finite: NonNullable<MediaDefinition['finite']>) => Promise<string | undefined>
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

async function checkArrow(handle: FileHandle, size: number): Promise<string | undefined> {
  const torn = await findTornEnd('arrow', handle, size);
  if (torn === 'start') return 'does not start as an Arrow IPC file';
  return torn && 'is an Arrow IPC file that was cut off';
}

async function checkPng(handle: FileHandle, size: number): Promise<string | undefined> {
  const torn = await findTornEnd('png', handle, size);
  if (torn === 'start') return 'does not start as a PNG file';
  return torn && 'is a PNG file that was cut off';
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
