import {canonicalJson} from '../../base/canonical-json.ts';
import type {Digest} from '../../base/digest.ts';
import type {JsonObject} from '../../base/json.ts';
import {ownProperty} from '../../base/own-property.ts';

/** The key of an instance's result: the sha256 of its canonical pre-image. Made only by `stageKey`. */
export type Key = string & {readonly __brand: 'Key'};

/** One published file. */
export interface Artifact {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

/** The artifacts of one output, in order. */
export interface RecordedOutput {
  /** The name of the media. The plugin that declares it may be gone. */
  readonly media: string;
  readonly artifacts: readonly Artifact[];
}

/** The record of a finished instance. A record that can be read implies that its artifacts were stored. */
export interface StageRecord {
  readonly format: 1;
  readonly key: Key;
  readonly type: string;
  readonly outputs: Readonly<Record<string, RecordedOutput>>;
  /** The fields below are provenance: they describe how the result was made and influence nothing. */
  readonly attempt: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  /** Working time, interrupted attempts included. */
  readonly durationMs: number;
  readonly host: string;
  readonly node: string;
  /** Added by the stage, such as the engine it ran on. */
  readonly provenance: JsonObject;
}

/**
 * The outputs of a result, according to its contract: their media, whether the number of artifacts is free, and the
 * parameter without which they are not made.
 */
export type OutputForms = Readonly<
  Record<string, {readonly media: string; readonly many?: boolean; readonly onlyWith?: string}>
>;

/** Whether a record has all of these outputs. A damaged record may be complete and yet have others. */
export function hasOutputs({outputs}: StageRecord, forms: OutputForms = {}): boolean {
  return Object.entries(forms).every(([name, {media, many = false, onlyWith}]) => {
    const output = ownProperty(outputs, name);
    if (output === undefined && onlyWith !== undefined) return true;
    return output?.media === media && (many || output.artifacts.length === 1);
  });
}

/** Whether an artifact is among a record's outputs. */
export function hasArtifact(record: StageRecord | undefined, digest: Digest): boolean {
  return Object.values(record?.outputs ?? {}).some(({artifacts}) =>
    artifacts.some((artifact) => artifact.digest === digest),
  );
}

/** The text of a record's file. */
export function recordText(record: StageRecord): string {
  return `${JSON.stringify(record, undefined, 2)}\n`;
}

/** The outputs of a record whose bytes differ from those of an earlier one. */
export function changedOutputs(earlier: StageRecord, later: StageRecord): readonly string[] {
  return Object.keys(later.outputs).filter(
    (name) => digestsOf(earlier.outputs[name]) !== digestsOf(later.outputs[name]),
  );
}

function digestsOf(output: RecordedOutput | undefined): string {
  return canonicalJson(output?.artifacts.map(({digest}) => digest) ?? null);
}
