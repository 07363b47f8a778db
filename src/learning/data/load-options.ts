import type {SourceFiles} from '../../fetch/source-file.ts';
import type {RawDataset} from './dataset.ts';
import type {Resizing} from '../../formats/pictures/resize.ts';

/** Gives the path of a source's file after its checksum was verified. */
export type Obtain = (files: SourceFiles) => Promise<string>;

export interface LoadOptions {
  readonly obtain: Obtain;
  /** The target size of pictures that are resized; defaults to the entry's. */
  readonly side?: number;
  readonly resizing: Resizing;
  /** Called for each picture of a data set of pictures, counted from 1. */
  readonly onPicture?: (count: number) => Promise<void>;
}

/** A data set before its source digest is computed. */
export type LoadedDataset = Omit<RawDataset, 'source'>;
