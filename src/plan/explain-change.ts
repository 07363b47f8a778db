import {canonicalJson} from '../base/canonical-json.ts';
import type {Json, JsonObject} from '../base/json.ts';
import type {Digest} from '../base/digest.ts';
import {isPathLook} from '../contract/command.ts';
import {ownProperty} from '../base/own-property.ts';
import type {Fingerprint} from '../store/records/fingerprint.ts';
import type {Reason} from './verdict.ts';

/** The known part of a fingerprint: an instance's inputs are not known before its upstreams have run. */
export interface PartialFingerprint {
  readonly type: string;
  readonly version: number;
  readonly code?: Fingerprint['code'];
  readonly params: JsonObject;
  readonly environment: Fingerprint['environment'];
  readonly engine?: Fingerprint['engine'];
  readonly inputs?: Readonly<Record<string, readonly Digest[]>>;
}

/**
 * The differences between two instances of one stage type: one reason for each field. Empty: no known field differs.
 */
export function explainChange(was: PartialFingerprint, now: PartialFingerprint): readonly Reason[] {
  const reasons: Reason[] = [];
  if (was.version !== now.version) {
    reasons.push({kind: 'version-changed', was: was.version, now: now.version});
  }
  if (canonicalJson(was.code ?? null) !== canonicalJson(now.code ?? null)) {
    reasons.push({kind: 'code-changed', of: (now.code ?? was.code)!.name});
  }
  reasons.push(...explainParams('', was.params, now.params));
  reasons.push(...explainEnvironment(was.environment, now.environment));
  if (canonicalJson(was.engine ?? null) !== canonicalJson(now.engine ?? null)) {
    const engines = {...(was.engine && {was: was.engine}), ...(now.engine && {now: now.engine})};
    reasons.push({kind: 'engine-changed', ...engines});
  }
  if (was.inputs !== undefined && now.inputs !== undefined) {
    const {inputs} = was;
    for (const [port, digests] of Object.entries(now.inputs)) {
      if (String(ownProperty(inputs, port)) !== String(digests))
        reasons.push({kind: 'input-changed', port});
    }
  }
  return reasons;
}

function explainEnvironment(
  was: Fingerprint['environment'],
  now: Fingerprint['environment'],
): readonly Reason[] {
  const names = new Set([...Object.keys(was), ...Object.keys(now)]);
  const hadReads = Object.values(was).some(isPathLook);
  return [...names].flatMap((name): readonly Reason[] => {
    const [before, after] = [ownProperty(was, name), ownProperty(now, name)];
    if (canonicalJson(before ?? null) === canonicalJson(after ?? null)) return [];
    // Another path in a parameter says so itself.
    if (isPathLook(before ?? after) && (after === undefined || hadReads)) {
      if (before === undefined || after === undefined) return [];
    }
    const changes = {...(before && {was: before}), ...(after && {now: after})};
    return [{kind: 'environment-changed', name, ...changes}];
  });
}

function explainParams(pointer: string, was: JsonObject, now: JsonObject): readonly Reason[] {
  const names = new Set([...Object.keys(was), ...Object.keys(now)]);
  return [...names].flatMap((name) =>
    explainParam(
      `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`,
      ownProperty(was, name),
      ownProperty(now, name),
    ),
  );
}

function explainParam(
  pointer: string,
  was: Json | undefined,
  now: Json | undefined,
): readonly Reason[] {
  if (isObject(was) && isObject(now)) return explainParams(pointer, was, now);
  if (Array.isArray(was) && Array.isArray(now) && was.length === now.length) {
    return explainParams(
      pointer,
      Object.fromEntries(was.entries()),
      Object.fromEntries(now.entries()),
    );
  }
  if (was !== undefined && now !== undefined && canonicalJson(was) === canonicalJson(now))
    return [];
  const changes = {...(was === undefined ? {} : {was}), ...(now === undefined ? {} : {now})};
  return [{kind: 'param-changed', pointer, ...changes}];
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
