import type {ImportedFile} from '../../src/contract/offers.ts';
import {contentOf, type SetContent} from './content-of.ts';

/** The files of a synthetic set by what they hold. */
export type SetFiles = Readonly<Record<SetContent, readonly ImportedFile[]>>;

export async function sortFiles(files: readonly ImportedFile[]): Promise<SetFiles> {
  const sorted: Record<SetContent, ImportedFile[]> = {images: [], labels: [], stepSize: []};
  for (const file of files) sorted[await contentOf(file)].push(file);
  return sorted;
}
