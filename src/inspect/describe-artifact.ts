import {open} from 'node:fs/promises';
import {readFlags} from '../base/read-text.ts';
import {FileFault} from '../formats/file-fault.ts';
import {readUpTo} from '../formats/read-exactly.ts';
import type {Container} from '../contract/media.ts';
import type {TableDescription} from './describe-table.ts';
import {describeImage, type ImageDescription} from './images.ts';
import {describeTensors, type TensorsDescription} from './tensors.ts';
import {describeText, isText, type TextDescription} from './texts.ts';

/** A description of a file's contents. */
export type Description =
  | TensorsDescription
  | TableDescription
  | ImageDescription
  | TextDescription
  /** A file in an unknown format. */
  | {readonly kind: 'bytes'; readonly first: readonly number[]}
  /** It is damaged, or in another format than expected. The note is a sentence that names the file. */
  | {readonly kind: 'unreadable'; readonly note: string};

export interface DescriptionOptions {
  /** Number of a table's rows to give; defaults to 10. */
  readonly rows?: number;
  /** Number of a text's lines to give; defaults to 1000. */
  readonly lines?: number;
}

/** Number of bytes that are shown of a file in an unknown format. */
const shownBytes = 64;

/** Describes an artifact. Large ones are read in parts. Rejects only with the file system's error. */
export async function describeFile(
  file: string,
  container: Container,
  {rows = 10, lines = 1000}: DescriptionOptions = {},
): Promise<Description> {
  try {
    switch (container) {
      case 'safetensors':
        return await describeTensors(file);
      case 'arrow': {
        // The Arrow library loads slowly.
        const {describeTable} = await import('./describe-table.ts');
        return await describeTable(file, rows);
      }
      case 'png':
        return await describeImage(file);
      case 'text':
        return await describeText(file, lines);
      case 'bytes':
        if (await isText(file)) return await describeText(file, lines);
        return {kind: 'bytes', first: await firstBytes(file)};
    }
  } catch (error) {
    if (error instanceof FileFault) return {kind: 'unreadable', note: `${error.message}.`};
    throw error;
  }
}

async function firstBytes(file: string): Promise<readonly number[]> {
  const handle = await open(file, readFlags);
  try {
    return [...(await readUpTo(handle, 0, shownBytes))];
  } finally {
    await handle.close();
  }
}
