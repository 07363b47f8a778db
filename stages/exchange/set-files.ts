import type {ImportedFile} from '../../src/contract/offers.ts';
import {hasLabels} from './has-labels.ts';

/** The files of a synthetic set by what they hold. */
export interface SetFiles {
  readonly images: readonly ImportedFile[];
  readonly labels: readonly ImportedFile[];
}

export async function sortFiles(files: readonly ImportedFile[]): Promise<SetFiles> {
  const images: ImportedFile[] = [];
  const labels: ImportedFile[] = [];
  for (const file of files) ((await hasLabels(file)) ? labels : images).push(file);
  return {images, labels};
}
