import type {Captions} from '../../src/contract/offers.ts';
import {readSyntheticClasses} from '../../src/learning/codecs/synthetic.ts';

/** The official program's grids, which are the defaults of `imageGrid`. */
const grid = {columns: 10, padding: 2} as const;

/**
 * The classes of a synthetic set's images as they stand in its pictures.
 * @throws CorruptFile; or the file system's error
 */
export async function readCaptions(path: string): Promise<Captions> {
  const {classes, width, height} = await readSyntheticClasses(path);
  return {...grid, texts: classes, width, height};
}
