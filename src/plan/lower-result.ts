import type {JsonObject} from '../base/json.ts';
import type {Contract} from '../contract/contract.ts';
import type {KnownInputs} from '../contract/facts.ts';
import type {Fingerprint} from '../store/records/fingerprint.ts';
import type {Records} from '../store/records/records.ts';
import {stageKey} from '../store/records/stage-key.ts';
import {attemptEstimate} from './attempt-estimate.ts';
import type {History} from './history.ts';
import type {Reason} from './verdict.ts';

/** The stored result from which an instance goes on. */
export type GoesOnReason = Extract<Reason, {kind: 'goes-on'}>;

/** The reason among others that names the stored result. */
export function lowerIn(reasons: readonly Reason[]): GoesOnReason | undefined {
  return reasons.find((reason) => reason.kind === 'goes-on');
}

/**
 * The stored result that an instance can go on from, if its contract says how: of those that differ from its own in a
 * lower value of one parameter only, the one with the highest.
 */
export function findLower(
  contract: Contract,
  fingerprint: Fingerprint,
  {records, history}: {readonly records: Records; readonly history: History},
): {readonly fingerprint: Fingerprint; readonly reason: GoesOnReason} | undefined {
  const {goesOn, type} = contract;
  if (goesOn === undefined || fingerprint.inputs[goesOn.input]?.length !== 0) return undefined;
  const {by, output} = goesOn;
  const {params} = fingerprint;
  for (const from of history.valuesOf(type, by)) {
    if (!(from < Number(params[by]))) continue;
    const lower = {...fingerprint, params: {...params, [by]: from}};
    const key = stageKey(lower);
    const found = history.knows(type, key) ? records.find(key, contract.outputs) : undefined;
    if (found?.kind !== 'hit' || found.isElsewhere === true) continue;
    const [artifact] = found.record.outputs[output]?.artifacts ?? [];
    if (artifact === undefined || !canGoOn(contract, {fingerprint, lower})) continue;
    const reason = {kind: 'goes-on', by, from, key, digest: artifact.digest} as const;
    return {fingerprint: lower, reason};
  }
  return undefined;
}

/** Whether the contract finds no fault with the result as an input. If its code fails, the instance begins anew. */
function canGoOn(
  contract: Contract,
  {fingerprint, lower}: {readonly fingerprint: Fingerprint; readonly lower: Fingerprint},
): boolean {
  const known = unknownInputs(fingerprint);
  const isFaultless = attemptEstimate(() => {
    const inputs = inputsOfRest(contract, lower.params, known);
    const given = {instance: contract.type, params: fingerprint.params, inputs};
    return (contract.check?.(given) ?? []).every(({severity}) => severity === 'warning');
  });
  return isFaultless === true;
}

/**
 * The inputs of an instance that goes on: those that it has, and the stored result.
 * @param params of the stored result
 */
export function inputsOfRest(
  contract: Contract,
  params: JsonObject,
  known: KnownInputs,
): KnownInputs {
  const {type, goesOn} = contract;
  const facts = contract.facts?.({instance: type, params, inputs: known}) ?? {};
  return {...known, [goesOn!.input]: [{instance: type, type, params, facts}]};
}

/** Both results have the same inputs, so that nothing has to be known of these to compare them. */
function unknownInputs({inputs}: Fingerprint): KnownInputs {
  const unknown = {type: 'file', params: {}, facts: {}};
  return Object.fromEntries(
    Object.entries(inputs).map(([port, digests]) => [
      port,
      digests.map((digest) => ({...unknown, instance: digest})),
    ]),
  );
}
