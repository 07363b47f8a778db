import type {Json} from '../../base/json.ts';

/** A value on every axis of a matrix. Values are text, numbers, true or false. */
export type Point = Readonly<Record<string, Json>>;

/** The axes and points of a stage; what is `undefined` could not be told, which was reported. */
export interface Matrix {
  readonly axes: readonly string[] | undefined;
  readonly points: readonly Point[] | undefined;
}
