/** One file of a data set's source. */
export interface SourceFile {
  /** Its path below the base URL. */
  readonly name: string;
  /**
   * Digests of its bytes: sha256 (64 digits) or md5 (32 digits), each of which identifies it. If it is empty, the
   * images are counted instead, and the actual digest is recorded.
   */
  readonly digests: readonly string[];
  /** Its size, if known: a download of another size is aborted. */
  readonly sizeBytes?: number;
}

/** One file of a source under several alternative names: packed and unpacked. They are tried in order. */
export type SourceFiles = readonly [SourceFile, ...SourceFile[]];
