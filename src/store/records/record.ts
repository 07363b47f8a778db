import type {Digest} from '../../base/digest.ts';
import type {JsonObject} from '../../base/json.ts';
import {ownProperty} from '../../base/own-property.ts';

/** What an instance's result is stored under: sha256 of its canonical pre-image. Minted by `plan/stage-key.ts`. */
export type Key = string & {readonly __brand: 'Key'};

/** One published file. */
export interface Artifact {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

/** The artifacts of one output, in order. */
export interface RecordedOutput {
  /** Its name. The stage type that declares it may be of a plugin, and nowhere any more. */
  readonly media: string;
  readonly artifacts: readonly Artifact[];
}

/** What is known of a finished instance. A record that can be read implies that its artifacts were stored. */
export interface StageRecord {
  readonly format: 1;
  readonly key: Key;
  readonly type: string;
  readonly outputs: Readonly<Record<string, RecordedOutput>>;
  /** Everything below is provenance: it says how the result came about and decides nothing. */
  readonly attempt: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  /** Time spent working, attempts that were interrupted included. */
  readonly durationMs: number;
  readonly host: string;
  readonly node: string;
  /** What the stage added, such as the engine it ran on. */
  readonly provenance: JsonObject;
}

/** The outputs that a result has, as its contract says: their media, and whether there may be any number of artifacts. */
export type OutputForms = Readonly<
  Record<string, {readonly media: string; readonly many?: boolean}>
>;

/** Whether a record gives all of these outputs. A damaged one may give others and be whole otherwise. */
export function hasOutputs({outputs}: StageRecord, forms: OutputForms = {}): boolean {
  return Object.entries(forms).every(([name, {media, many = false}]) => {
    const output = ownProperty(outputs, name);
    return output?.media === media && (many || output.artifacts.length === 1);
  });
}

/** Whether an artifact is among a record's outputs. */
export function hasArtifact(record: StageRecord | undefined, digest: Digest): boolean {
  return Object.values(record?.outputs ?? {}).some(({artifacts}) =>
    artifacts.some((artifact) => artifact.digest === digest),
  );
}
