import type {Json} from '../../base/json.ts';

/** A value for every axis of a matrix. Values are text, numbers, true or false. */
export type Point = Readonly<Record<string, Json>>;

/** The axes and points of a stage; whatever is `undefined` is unknown because of a reported mistake. */
export interface Matrix {
  readonly axes: readonly string[] | undefined;
  readonly points: readonly Point[] | undefined;
}
