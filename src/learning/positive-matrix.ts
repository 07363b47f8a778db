/** A symmetric matrix A > 0. */
export interface PositiveMatrix {
  /** [size, size], in shared memory. Whoever computes its roots overwrites it. */
  readonly values: Float64Array;
  readonly size: number;
  /** A lower bound of the eigenvalues. */
  readonly least: number;
}

/** A^(1/2) and A^(−1/2), in shared memory. */
export interface Roots {
  readonly root: Float64Array;
  readonly inverse: Float64Array;
}

/** The matrix is not positive, or rounding errors are larger than its smallest eigenvalues. */
export class IllConditioned extends Error {
  override readonly name = 'IllConditioned';
}
