import type {JsonObject} from '../base/json.ts';
import type {Contract} from '../contract/contract.ts';
import type {KnownInputs} from '../contract/facts.ts';
import type {Instance} from '../pipeline/graph/instance.ts';
import {attemptEstimate} from './attempt-estimate.ts';
import type {Reason} from './verdict.ts';

/** The reason that names the result from which an instance goes on: it is stored, or another instance will make it first. */
export type LowerReason = Extract<Reason, {kind: 'goes-on' | 'goes-on-after'}>;

export function isLower(reason: Reason): reason is LowerReason {
  return reason.kind === 'goes-on' || reason.kind === 'goes-on-after';
}

/** The reason among others that says what an instance goes on from. */
export function lowerIn(reasons: readonly Reason[]): LowerReason | undefined {
  return reasons.find(isLower);
}

/** The reason of an instance that will go on from the result of another. */
export function afterReason(lower: Instance): LowerReason {
  const {by} = lower.type.contract.goesOn!;
  return {kind: 'goes-on-after', by, from: valueOf(lower), instance: lower.id};
}

/** The value of the parameter by which an instance goes on. */
export function valueOf({type, params}: Pick<Instance, 'type' | 'params'>): number {
  return Number(params[type.contract.goesOn!.by]);
}

/**
 * Whether the contract finds no fault with a result as an input. If its code fails, the instance begins anew.
 * @param instance its inputs, named in any way: both have the same, so that nothing has to be known of these
 * @param params of the result
 */
export function canGoOn(
  contract: Contract,
  instance: {
    readonly params: JsonObject;
    readonly inputs: Readonly<Record<string, readonly string[]>>;
  },
  params: JsonObject,
): boolean {
  const known = unknownInputs(instance.inputs);
  const isFaultless = attemptEstimate(() => {
    const inputs = inputsOfRest(contract, params, known);
    const given = {instance: contract.type, params: instance.params, inputs};
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

function unknownInputs(inputs: Readonly<Record<string, readonly string[]>>): KnownInputs {
  const unknown = {type: 'file', params: {}, facts: {}};
  return Object.fromEntries(
    Object.entries(inputs).map(([port, names]) => [
      port,
      names.map((name) => ({...unknown, instance: name})),
    ]),
  );
}
