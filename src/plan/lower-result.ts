import type {JsonObject} from '../base/json.ts';
import type {Contract, GoesOn} from '../contract/contract.ts';
import type {KnownInput, KnownInputs} from '../contract/facts.ts';
import type {Fingerprint} from '../store/records/fingerprint.ts';
import type {Records} from '../store/records/records.ts';
import {stageKey} from '../store/records/stage-key.ts';
import {attemptEstimate} from './attempt-estimate.ts';
import type {History} from './history.ts';
import type {Reason} from './verdict.ts';

/** What an instance goes on from. */
export type GoesOnReason = Extract<Reason, {kind: 'goes-on'}>;

/** The reason among others that says what an instance goes on from. */
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
    if (artifact === undefined || !canGoOn(contract, goesOn, {fingerprint, lower})) continue;
    const reason = {kind: 'goes-on', by, from, key, digest: artifact.digest} as const;
    return {fingerprint: lower, reason};
  }
  return undefined;
}

/** Whether the contract finds no fault with the result as an input. If its code fails, the instance begins anew. */
function canGoOn(
  contract: Contract,
  {input}: GoesOn,
  {fingerprint, lower}: {readonly fingerprint: Fingerprint; readonly lower: Fingerprint},
): boolean {
  const known = unknownInputs(fingerprint);
  const isFaultless = attemptEstimate(() => {
    const inputs = {...known, [input]: [lowerInput(contract, lower.params, known)]};
    const given = {instance: contract.type, params: fingerprint.params, inputs};
    return (contract.check?.(given) ?? []).every(({severity}) => severity === 'warning');
  });
  return isFaultless === true;
}

/** What is known of the result of a contract with these parameters and inputs. */
export function lowerInput(contract: Contract, params: JsonObject, known: KnownInputs): KnownInput {
  const {type} = contract;
  const facts = contract.facts?.({instance: type, params, inputs: known}) ?? {};
  return {instance: type, type, params, facts};
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
