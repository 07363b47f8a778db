import {canonicalJson} from '../base/canonical-json.ts';
import {digestOf, type Digest} from '../base/digest.ts';
import type {JsonObject} from '../base/json.ts';
import type {VariableIdentity} from '../contract/command.ts';
import type {Key} from './record.ts';

/** All that decides the bytes of a result. No name, path, resource, machine or clock. */
export interface Fingerprint {
  /** The stage type. */
  readonly type: string;
  /** The version of its contract. */
  readonly version: number;
  /** Validated, defaults included. */
  readonly params: JsonObject;
  /** Digests of the input artifacts, by port, in order. */
  readonly inputs: Readonly<Record<string, readonly Digest[]>>;
  /** The variables that were declared. */
  readonly environment: Readonly<Record<string, VariableIdentity>>;
}

/** The text whose sha256 is the key. Its tag and format number keep it apart from every other text. */
export function preimage(fingerprint: Fingerprint): string {
  const {type, version, params, inputs, environment} = fingerprint;
  return canonicalJson(['stage-key', 1, {type, version, params, inputs, environment}]);
}

/** What a stored fingerprint says, or `undefined` if the text is not the pre-image of the key. */
export function parseFingerprint(text: string, key: Key): Fingerprint | undefined {
  if (String(digestOf(text)) !== key) return undefined;
  // The digest holds, so this is what `preimage` wrote.
  const [, , fingerprint] = JSON.parse(text) as [string, number, Fingerprint];
  return fingerprint;
}
