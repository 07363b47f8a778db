import {stat} from 'node:fs/promises';
import {digestFile} from '../base/digest.ts';
import {FileFault} from '../formats/file-fault.ts';
import type {Container} from '../contract/media.ts';
import type {TableComparison} from './compare-tables.ts';
import {compareImages, type ImageComparison} from './images.ts';
import {compareTensors, type TensorsComparison} from './tensors.ts';
import {compareTexts, isText, type TextComparison} from './texts.ts';

/** The differences between two files. All but `equal` have different bytes, even if all their values are the same. */
export type Comparison =
  | {readonly kind: 'equal'}
  | TensorsComparison
  | TableComparison
  | ImageComparison
  | TextComparison
  /** One of them cannot be read. The note is a sentence that names it. */
  | {readonly kind: 'different'; readonly note: string};

/** Compares two artifacts of one container. Large ones are read in parts. Rejects only with the file system's error. */
export async function compareFiles(
  container: Container,
  fileA: string,
  fileB: string,
): Promise<Comparison> {
  if (await haveSameBytes(fileA, fileB)) return {kind: 'equal'};
  try {
    switch (container) {
      case 'safetensors':
        return await compareTensors(fileA, fileB);
      case 'arrow': {
        // The Arrow library loads slowly.
        const {compareTables} = await import('./compare-tables.ts');
        return await compareTables(fileA, fileB);
      }
      case 'png':
        return await compareImages(fileA, fileB);
      case 'text':
        return await compareTexts(fileA, fileB);
      case 'bytes':
        if ((await isText(fileA)) && (await isText(fileB))) return await compareTexts(fileA, fileB);
        return {kind: 'different', note: 'Their bytes differ.'};
    }
  } catch (error) {
    if (error instanceof FileFault) return {kind: 'different', note: `${error.message}.`};
    throw error;
  }
}

async function haveSameBytes(fileA: string, fileB: string): Promise<boolean> {
  const [a, b] = [await stat(fileA), await stat(fileB)];
  return a.size === b.size && (await digestFile(fileA)) === (await digestFile(fileB));
}
