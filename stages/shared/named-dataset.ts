/** The images of a data set that has a name, before it is downloaded. */
export interface NamedDataset {
  readonly images: number;
  readonly testImages: number;
  readonly side: number;
  readonly channels: number;
  readonly classes: number;
  /** Its pictures are of many sizes: `resolution` says to which they are resized. */
  readonly isResized?: true;
}
