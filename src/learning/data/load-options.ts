import type {SourceFiles} from '../../fetch/source-file.ts';
import type {RawDataset} from './dataset.ts';
import type {Resizing} from '../../formats/pictures/resize.ts';

/** Gives the path of a source's file, its checksum verified. */
export type Obtain = (files: SourceFiles) => Promise<string>;

export interface LoadOptions {
  readonly obtain: Obtain;
  /** The size of pictures that are resized at all: that of the entry when absent. */
  readonly side?: number;
  readonly resizing: Resizing;
  /** Called for each picture, counted from 1, where there are pictures. */
  readonly onPicture?: (count: number) => Promise<void>;
}

/** A data set whose source is not identified yet. */
export type LoadedDataset = Omit<RawDataset, 'source'>;
