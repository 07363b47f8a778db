import {parseDigest} from '../../base/digest.ts';
import {mediaName} from '../../contract/media.ts';
import type {Artifact, Key, RecordedOutput, StageRecord} from './record.ts';

/** Parses a record file; `undefined` if its text is not a complete record of this key. */
export function parseRecord(text: string, key: Key): StageRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  return isRecord(value) && value.key === key ? value : undefined;
}

/** Whether data is a complete record. */
export function isRecord(value: unknown): value is StageRecord {
  if (!isObject(value)) return false;
  const texts = ['key', 'type', 'attempt', 'startedAt', 'finishedAt', 'host', 'node'];
  return (
    value['format'] === 1 &&
    texts.every((name) => typeof value[name] === 'string') &&
    // It is also the name of a folder.
    /^[\w-]+$/.test(value['type'] as string) &&
    Number.isFinite(value['durationMs']) &&
    isObject(value['provenance']) &&
    isObject(value['outputs']) &&
    Object.values(value['outputs']).every(isOutput)
  );
}

function isOutput(value: unknown): value is RecordedOutput {
  if (!isObject(value)) return false;
  const {media: name, artifacts} = value;
  return (
    typeof name === 'string' &&
    mediaName.test(name) &&
    Array.isArray(artifacts) &&
    artifacts.every(isArtifact)
  );
}

function isArtifact(value: unknown): value is Artifact {
  if (!isObject(value)) return false;
  const {digest, sizeBytes} = value;
  return (
    parseDigest(digest) !== undefined && Number.isSafeInteger(sizeBytes) && Number(sizeBytes) >= 0
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
