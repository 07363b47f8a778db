import {parseDigest} from '../../base/digest.ts';
import {mediaName} from '../../contract/media.ts';
import {isRecord} from './parse-record.ts';
import type {Artifact, Key, RecordedOutput, StageRecord} from './record.ts';

/** The fields that records of one stage type mostly share, which are parsed once for each JSON text. */
type Common = Omit<StageRecord, (typeof own)[number]>;

/** The fields that differ from record to record. */
const own = ['key', 'attempt', 'startedAt', 'finishedAt', 'durationMs', 'outputs'] as const;

/** Number of fields before the outputs. */
const headFields = 8;

/**
 * Records as lines of text, which are read several times faster than JSON. Fields end in tabs: key, a state, the number
 * of fields, the record's own fields, JSON of the shared ones, and for each output its name, its media, its number of
 * artifacts, and their digests and sizes.
 */
export class RecordLines {
  readonly #common = new Map<string, Common | undefined>();

  /** The line of a record without its line feed; `undefined` if it contains a tab or a line feed. */
  write(record: StageRecord, state: string): string | undefined {
    const {key, attempt, startedAt, finishedAt, durationMs, outputs, ...common} = record;
    const fields: (string | number)[] = [attempt, startedAt, finishedAt, durationMs];
    fields.push(JSON.stringify(common));
    for (const [name, output] of Object.entries(outputs))
      fields.push(name, ...outputFields(output));
    const count = fields.length + 4;
    // The last field is empty, so a line that was cut off has fewer fields.
    const line = [key, state, count, ...fields, ''].join('\t');
    return line.split('\t').length === count && !line.includes('\n') ? line : undefined;
  }

  /**
   * The record of a line, if the line is complete and has this key.
   * @param state the state that the line has to have. Absent: any
   */
  read(line: string, key: Key, state?: string): StageRecord | undefined {
    const fields = line.split('\t');
    if (fields[0] !== key || Number(fields[2]) !== fields.length) return undefined;
    if (state !== undefined && fields[1] !== state) return undefined;
    const common = this.#commonOf(fields[7]!);
    const outputs = readOutputs(fields);
    const durationMs = Number(fields[6]);
    if (common === undefined || outputs === undefined) return undefined;
    if (!Number.isFinite(durationMs)) return undefined;
    // The spread comes last: in front it would take four times as long, and more memory.
    return {
      key,
      attempt: fields[3]!,
      startedAt: fields[4]!,
      finishedAt: fields[5]!,
      durationMs,
      outputs,
      ...common,
    };
  }

  #commonOf(text: string): Common | undefined {
    if (!this.#common.has(text)) this.#common.set(text, parseCommon(text));
    return this.#common.get(text);
  }
}

/**
 * A line about a record that tells only what a survey asks for: the key, the state of the record's file, and the digests
 * and sizes of its artifacts.
 */
export function stateLine(
  {key, outputs}: Pick<StageRecord, 'key' | 'outputs'>,
  state: string,
): string {
  let line = `${key}\t${state}\t\t\t\t\t\t`;
  for (const name in outputs) {
    for (const {digest, sizeBytes} of outputs[name]!.artifacts) line += `\t${digest}\t${sizeBytes}`;
  }
  return line;
}

/**
 * A line about results of a run, for a survey: zeros in place of a key, nothing in place of a state, and for each result
 * its name in the folder of results, which contains neither tab nor line feed, and the time and size of the file.
 */
export function placedLine(results: readonly PlacedState[]): string {
  const fields = results.flatMap(({name, mtimeMs, sizeBytes}) => [name, mtimeMs, sizeBytes]);
  return ['0'.repeat(64), '', ...fields].join('\t');
}

interface PlacedState {
  readonly name: string;
  readonly mtimeMs: number;
  readonly sizeBytes: number;
}

function outputFields(output: RecordedOutput): readonly (string | number)[] {
  const {media, artifacts} = output satisfies Whole<RecordedOutput, 'media' | 'artifacts'>;
  const pairs = artifacts.flatMap((artifact) => {
    const {digest, sizeBytes} = artifact satisfies Whole<Artifact, 'digest' | 'sizeBytes'>;
    return [digest, sizeBytes];
  });
  return [media, artifacts.length, ...pairs];
}

/** Fails to compile if a record has fields that are not written. */
type Whole<T, Known extends keyof T> = Exclude<keyof T, Known> extends never ? T : never;

function readOutputs(fields: readonly string[]): StageRecord['outputs'] | undefined {
  const outputs: Record<string, RecordedOutput> = {};
  const last = fields.length - 1;
  let at = headFields;
  while (at < last) {
    const name = fields[at]!;
    const media = fields[at + 1]!;
    const count = Number(fields[at + 2]);
    const end = at + 3 + 2 * count;
    if (!mediaName.test(media) || name === '__proto__') return undefined;
    if (!Number.isSafeInteger(count) || count < 0 || end > last) return undefined;
    const artifacts = readArtifacts(fields, at + 3, end);
    if (artifacts === undefined) return undefined;
    outputs[name] = {media, artifacts};
    at = end;
  }
  return outputs;
}

function readArtifacts(
  fields: readonly string[],
  from: number,
  end: number,
): readonly Artifact[] | undefined {
  if (end - from === 2) {
    // Most outputs are one artifact. A list that grows takes five times as much memory.
    const artifact = readArtifact(fields, from);
    return artifact && [artifact];
  }
  const artifacts: Artifact[] = [];
  for (let at = from; at < end; at += 2) {
    const artifact = readArtifact(fields, at);
    if (artifact === undefined) return undefined;
    artifacts.push(artifact);
  }
  return artifacts;
}

function readArtifact(fields: readonly string[], at: number): Artifact | undefined {
  const digest = parseDigest(fields[at]);
  const sizeBytes = Number(fields[at + 1]);
  return digest !== undefined && Number.isSafeInteger(sizeBytes) ? {digest, sizeBytes} : undefined;
}

function parseCommon(text: string): Common | undefined {
  try {
    const common = JSON.parse(text) as Common;
    const rest = {key: '', attempt: '', startedAt: '', finishedAt: '', durationMs: 0, outputs: {}};
    return isRecord({...common, ...rest}) ? common : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
