/** A grid of images as they were at an iteration. */
export interface LoggedPicture {
  /** Updates done before. */
  readonly iteration: number;
  /** As the official program calls it, such as `Clipped_Synthetic_Images/std_2.5`. */
  readonly name: string;
  readonly png: Uint8Array;
}
