import {canonicalJson} from '../../base/canonical-json.ts';
import {digestOf, parseDigest, type Digest} from '../../base/digest.ts';
import type {PinnedEngine} from '../../base/engines.ts';
import type {JsonObject} from '../../base/json.ts';
import {isCommand, type Surrounding} from '../../contract/command.ts';
import type {CodeIdentity} from '../../contract/plugin.ts';
import type {Key} from './record.ts';

/** Everything that determines the bytes of a result. It has no name, path, resource, machine or clock. */
export interface Fingerprint {
  /** The stage type. */
  readonly type: string;
  /** The version of its contract. */
  readonly version: number;
  /** Absent: the stage type is built in. */
  readonly code?: CodeIdentity;
  /** Validated, defaults included. */
  readonly params: JsonObject;
  /** Digests of the input artifacts, by port, in order. */
  readonly inputs: Readonly<Record<string, readonly Digest[]>>;
  /** The declared variables, and the files and folders that the code reads although they are no inputs. */
  readonly environment: Readonly<Record<string, Surrounding>>;
  /** Absent: any engine will do, or the stage type runs no tensor programs. */
  readonly engine?: PinnedEngine;
}

/** The text whose sha256 is the key. Its tag and format number distinguish it from every other text. */
export function preimage(fingerprint: Fingerprint): string {
  const {type, version, params, inputs, environment, engine, code} = fingerprint;
  const ports = Object.keys(inputs)
    .sort()
    .map((port) => `${JSON.stringify(port)}:${digestsText(inputs[port]!)}`);
  const plugged = code === undefined ? '' : `"code":${canonicalJson(code)},`;
  const pinned = engine === undefined ? '' : `"engine":${canonicalJson(engine)},`;
  // The canonical JSON of the whole, assembled from parts so that long lists of inputs are encoded once.
  return (
    `["stage-key",1,{${plugged}${pinned}"environment":${canonicalJson(environment)},"inputs":{${ports.join(',')}},` +
    `"params":${canonicalJson(params)},"type":${canonicalJson(type)},"version":${canonicalJson(version)}}]`
  );
}

const writtenLists = new WeakMap<readonly Digest[], string>();

/** Encodes a list of digests. Instances with the same inputs share the list, so the text is cached. */
function digestsText(digests: readonly Digest[]): string {
  if (digests.length < 2) return digests.length === 0 ? '[]' : `["${digests[0]!}"]`;
  let text = writtenLists.get(digests);
  if (text === undefined) {
    text = canonicalJson(digests);
    writtenLists.set(digests, text);
  }
  return text;
}

/** Parses a stored fingerprint; `undefined` if the text is not the pre-image of the key. */
export function parseFingerprint(text: string, key: Key): Fingerprint | undefined {
  if (String(digestOf(text)) !== key) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    const fingerprint: unknown = Array.isArray(value) ? value[2] : undefined;
    // A matching digest is not enough, since anyone can name a file by its digest: the text has to be what `preimage`
    // writes.
    return isFingerprint(fingerprint) && preimage(fingerprint) === text ? fingerprint : undefined;
  } catch (error) {
    // It is no JSON, or is nested too deeply to be encoded.
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}

function isFingerprint(value: unknown): value is Fingerprint {
  if (!isObject(value)) return false;
  const {type, version, params, inputs, environment, engine} = value;
  return (
    typeof type === 'string' &&
    Number.isInteger(version) &&
    isObject(params) &&
    (type !== 'run' || isCommand(params as JsonObject)) &&
    isObject(inputs) &&
    Object.values(inputs).every(isDigestList) &&
    isObject(environment) &&
    Object.values(environment).every((one) => one === 'not set' || isObject(one)) &&
    (engine === undefined || isObject(engine))
  );
}

function isDigestList(value: unknown): boolean {
  return Array.isArray(value) && value.every((digest) => parseDigest(digest) !== undefined);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
