import type {Shape} from '../../shape.ts';

/** Something that is computed at once; values are indices of the program's steps. */
export type Item = {readonly kind: 'node'; readonly value: number} | Group;

export interface Group {
  readonly kind: 'group';
  readonly space: Shape;
  /** Elementwise operations on the space, operands first. */
  readonly values: readonly number[];
  /** Those that others read from memory. */
  readonly stored: ReadonlySet<number>;
  /** Sums over the same axes of the space: of its values, or of others of its shape. */
  readonly sums: readonly number[];
}

/** A group has no more operations than these: their results would not fit into registers and the nearest cache. */
export const mostValues = 48;
