import type {Digest} from '../base/digest.ts';

/** What of a plugin's code is part of keys. */
export type CodeIdentity = {
  /** The package's name, or the file's without its folder. */
  readonly name: string;
  /** The package's. Absent: a file has none. */
  readonly version?: string;
  /** The digest of the sources: see `codeDigest`. */
  readonly sha256: Digest;
};

/** Where the code of a plugin's stage type is, and what it was when the pipeline was loaded. */
export interface PluginCode {
  readonly identity: CodeIdentity;
  /** URL of the module that exports `stageTypes`. */
  readonly module: string;
}
