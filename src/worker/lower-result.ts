import {canonicalJson} from '../base/canonical-json.ts';
import type {JsonObject} from '../base/json.ts';
import {quarantineArtifact, verifyArtifact} from '../store/artifacts/verify-artifact.ts';
import {blobPath, type Store} from '../store/layout.ts';
import {readRecord} from '../store/records/find-record.ts';
import {hasArtifact, type Key} from '../store/records/record.ts';
import type {Job} from './protocol.ts';
import type {WorkerWorld} from './worker-world.ts';

/** A stored result that a stage can go on from. */
export interface LowerResult {
  readonly key: Key;
  /** The input that takes its artifact, and the path of that. */
  readonly input: string;
  readonly path: string;
  /** How it was made, with the engine. */
  readonly provenance: JsonObject;
}

/** Finds the result that a job names. If it is gone or damaged, the stage begins anew; what is damaged is set aside. */
export async function findLowerResult(
  {goesOn}: Job,
  store: Store,
  world: Pick<WorkerWorld, 'log' | 'send'>,
): Promise<LowerResult | undefined> {
  if (goesOn === undefined) return undefined;
  const {key, input, digest} = goesOn;
  const record = readRecord(store, key);
  if (typeof record === 'string' || !hasArtifact(record, digest)) return undefined;
  const state = await verifyArtifact(store, digest);
  if (state === 'damaged') {
    await quarantineArtifact(store, digest);
    const sentence = `The stored result to go on from was damaged, and set aside (${digest}): it begins anew.`;
    world.log(sentence);
    world.send({kind: 'warned', sentence});
  }
  if (state !== 'whole') return undefined;
  return {key, input, path: blobPath(store, digest), provenance: record.provenance};
}

/**
 * The inputs of a stage, with the artifact of a result that it goes on from. The artifact is there only for the engine
 * that made it, since no engine gives the bytes of another: a stage must have started its engine when it reads the input.
 * @param given `told`: what the stage has told of its engine; `onTaken`: called when the stage reads the artifact
 */
export function inputsWith(
  inputs: Readonly<Record<string, readonly string[]>>,
  lower: LowerResult | undefined,
  given: {readonly told: JsonObject; readonly onTaken: () => void; readonly onOther: () => void},
): Readonly<Record<string, readonly string[]>> {
  if (lower === undefined) return inputs;
  const take = (): readonly string[] => {
    const isSame = isSameEngine(given.told, lower.provenance);
    (isSame ? given.onTaken : given.onOther)();
    return isSame ? [lower.path] : [];
  };
  return Object.defineProperty({...inputs}, lower.input, {enumerable: true, get: take});
}

/**
 * The facts about an engine on which the bytes of a result depend. The numbers of threads and of GPUs are none of them. An
 * engine of the CPU tells its threads, and describes nothing else; other engines describe the backend or the card.
 */
const decisive = ['engine', 'tile', 'fused', 'numerics', 'gpu', 'engineDescription'] as const;

/** Whether a stage has told of the engine that made a result; it has not before it has started one. */
function isSameEngine(told: JsonObject, other: JsonObject): boolean {
  return decisive.every((name) => {
    if (name === 'engineDescription' && 'threads' in told && 'threads' in other) return true;
    return canonicalJson(told[name] ?? null) === canonicalJson(other[name] ?? null);
  });
}
