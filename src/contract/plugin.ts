import type {Digest} from '../base/digest.ts';

/** The identity of a plugin's code, which is part of keys. */
export type CodeIdentity = {
  /** The package's name, or the file's name without its folder. */
  readonly name: string;
  /** The package's version. Absent: the plugin is a file. */
  readonly version?: string;
  /** The digest of the sources: see `codeDigest`. */
  readonly sha256: Digest;
};

/** The place of a plugin's code, and its identity when the pipeline was loaded. */
export interface PluginCode {
  readonly identity: CodeIdentity;
  /** URL of the module that exports `stageTypes`. */
  readonly module: string;
}
