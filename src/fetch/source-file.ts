/** One file of a data set's source. */
export interface SourceFile {
  /** Its path below the base URL. */
  readonly name: string;
  /**
   * Digests of its bytes: sha256 (64 digits) or md5 (32 digits), each of which identifies it. Where there are none, the
   * images are counted, and the digest that was found is noted.
   */
  readonly digests: readonly string[];
  /** Its size, where it is known: a download of another size is broken off. */
  readonly sizeBytes?: number;
}

/** One file of a source under any of several names: as a source has it packed, and unpacked. The first is asked for first. */
export type SourceFiles = readonly [SourceFile, ...SourceFile[]];
