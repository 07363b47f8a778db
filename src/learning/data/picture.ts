/** A grid of the images of an iteration. */
export interface LoggedPicture {
  /** The number of updates before it. */
  readonly iteration: number;
  /** The official program's name for it, such as `Clipped_Synthetic_Images/std_2.5`. */
  readonly name: string;
  readonly png: Uint8Array;
}
