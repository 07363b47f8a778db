import type {Instance} from '../pipeline/graph/instance.ts';
import type {Fingerprint} from '../store/records/fingerprint.ts';
import type {Records} from '../store/records/records.ts';
import {stageKey} from '../store/records/stage-key.ts';
import {canGoOn, valueOf, type LowerReason} from './going-on.ts';
import type {History} from './history.ts';
import type {LowerInstances} from './lower-instances.ts';

/** What is known of stored results, and of the instances of the graph whose results can be gone on from. */
export interface Known {
  readonly records: Records;
  readonly history: History;
  readonly lowers: LowerInstances;
}

/**
 * The stored result that an instance can go on from, if its contract says how: of those that differ from its own in a
 * lower value of one parameter only, the one with the highest.
 */
export function findLower(
  instance: Instance,
  fingerprint: Fingerprint,
  {records, history, lowers}: Known,
): {readonly fingerprint: Fingerprint; readonly reason: LowerReason} | undefined {
  const {contract} = instance.type;
  const {goesOn, type} = contract;
  if (goesOn === undefined || fingerprint.inputs[goesOn.input]?.length !== 0) return undefined;
  const {by, output} = goesOn;
  const {params} = fingerprint;
  // Of these, the history knows none that the run itself has made.
  const values = lowers.of(instance).map(valueOf);
  for (const from of highestFirst([...history.valuesOf(type, by), ...values])) {
    if (!(from < Number(params[by]))) continue;
    const lower = {...fingerprint, params: {...params, [by]: from}};
    const key = stageKey(lower);
    const mayBeStored = values.includes(from) || history.knows(type, key);
    const found = mayBeStored ? records.find(key, contract.outputs) : undefined;
    if (found?.kind !== 'hit' || found.isElsewhere === true) continue;
    const [artifact] = found.record.outputs[output]?.artifacts ?? [];
    if (artifact === undefined || !canGoOn(contract, fingerprint, lower.params)) continue;
    const reason = {kind: 'goes-on', by, from, key, digest: artifact.digest} as const;
    return {fingerprint: lower, reason};
  }
  return undefined;
}

/** Without duplicates. */
function highestFirst(values: readonly number[]): readonly number[] {
  return [...new Set(values)].sort((a, b) => b - a);
}
