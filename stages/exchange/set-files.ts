import type {ImportedFile} from '../../src/contract/offers.ts';
import {contentOf, type SetContent} from './content-of.ts';

/** The files of a synthetic set by what they hold. */
export type SetFiles = Readonly<Record<SetContent, readonly ImportedFile[]>>;

export async function sortFiles(files: readonly ImportedFile[]): Promise<SetFiles> {
  const sorted: Record<SetContent, ImportedFile[]> = {images: [], labels: [], stepSize: []};
  for (const file of files) sorted[await contentOf(file)].push(file);
  return sorted;
}

/** Says why files are no set. */
export function sortedFault(
  files: readonly ImportedFile[],
  {images, stepSize}: SetFiles,
): string | undefined {
  const namesOf = (some: readonly ImportedFile[]): string => some.map(({name}) => name).join(', ');
  if (images.length === 0) return `These files have no images: ${namesOf(files)}.`;
  if (stepSize.length < 2) return undefined;
  return `Several of these files have a step size: ${namesOf(stepSize)}.`;
}
