import type {Contract} from '../contract/contract.ts';
import type {Fingerprint} from '../store/records/fingerprint.ts';
import type {Records} from '../store/records/records.ts';
import {stageKey} from '../store/records/stage-key.ts';
import {canGoOn, type LowerReason} from './going-on.ts';
import type {History} from './history.ts';

/** The stored results among which one is looked for. */
export interface Known {
  readonly records: Records;
  readonly history: History;
  /**
   * The values of the parameter by which an instance goes on of which the run itself has made results: the history was
   * read before. Absent: there are none.
   */
  readonly made?: readonly number[];
}

/**
 * The stored result that an instance can go on from, if its contract says how: of those that differ from its own in a
 * lower value of one parameter only, the one with the highest.
 */
export function findLower(
  contract: Contract,
  fingerprint: Fingerprint,
  {records, history, made = []}: Known,
): {readonly fingerprint: Fingerprint; readonly reason: LowerReason} | undefined {
  const {goesOn, type} = contract;
  if (goesOn === undefined || fingerprint.inputs[goesOn.input]?.length !== 0) return undefined;
  const {by, output} = goesOn;
  const {params} = fingerprint;
  for (const from of highestFirst([...history.valuesOf(type, by), ...made])) {
    if (!(from < Number(params[by]))) continue;
    const lower = {...fingerprint, params: {...params, [by]: from}};
    const key = stageKey(lower);
    const mayBeStored = made.includes(from) || history.knows(type, key);
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
