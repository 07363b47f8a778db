import type {Digest} from '../base/digest.ts';
import {InternalError} from '../base/internal-error.ts';
import {fileContract} from '../contract/command.ts';
import {
  isPartialInput,
  surroundingsOf,
  type Instance,
  type OutputRef,
} from '../pipeline/graph/instance.ts';
import type {Fingerprint} from '../store/records/fingerprint.ts';
import type {Key, StageRecord} from '../store/records/record.ts';
import type {Lookup} from '../store/records/find-record.ts';
import {explainChange} from './explain-change.ts';
import type {History} from './history.ts';
import {findLower, type Known} from './lower-result.ts';
import {stageKey} from '../store/records/stage-key.ts';
import type {Reason, Verdict} from './verdict.ts';

/** The verdict on an instance whose inputs are known. Both dry and real runs use it. */
export type Decision = Exclude<Verdict, {kind: 'maybe'}> & {readonly key: Key};

/** Decides about an instance with this fingerprint: stored, or to be run, with reasons. */
export function decide(
  {type}: Pick<Instance, 'type'>,
  fingerprint: Fingerprint,
  known: Known,
): Decision {
  const {records, history} = known;
  const {contract} = type;
  const key = stageKey(fingerprint);
  const found = records.find(key, contract.outputs);
  if (found.kind === 'hit') return {...found, key};
  const reasons =
    found.kind === 'none' ? explainAbsence(fingerprint, key, history) : [flawOf(found)];
  const lower = findLower(contract, fingerprint, known);
  if (lower === undefined) return {kind: 'run', key, reasons};
  const differs = reasons.some(({kind}) => kind.endsWith('-changed'));
  // Then it is compared with the result that it goes on from.
  const compared = differs ? explainChange(lower.fingerprint, fingerprint) : reasons;
  return {kind: 'run', key, reasons: [...compared, lower.reason]};
}

function flawOf(found: Exclude<Lookup, {kind: 'hit' | 'none'}>): Reason {
  if (found.kind === 'record-corrupt') return {kind: found.kind};
  const {kind, output, artifact} = found;
  return {kind, output, digest: artifact.digest};
}

/** Decides about a fingerprint that is to run even if a result is stored. */
export function decideForced(fingerprint: Fingerprint): Decision {
  return {kind: 'run', key: stageKey(fingerprint), reasons: [{kind: 'forced'}]};
}

/** The digests of lists of references. Instances that take all of a stage share one list, which may be long. */
export type SharedDigests = Map<readonly OutputRef[], readonly Digest[]>;

/**
 * The fingerprint of an instance, given the records of its inputs; for partial inputs, of those that exist.
 * @param shared digests found for other instances, valid as long as the records stay the same
 */
export function fingerprintOf(
  instance: Instance,
  recordOf: (ref: OutputRef) => Pick<StageRecord, 'outputs'> | undefined,
  shared: SharedDigests = new Map(),
): Fingerprint {
  const {type, version} = instance.type.contract;
  const inputs: Record<string, readonly Digest[]> = {};
  for (const port in instance.inputs) {
    const refs = instance.inputs[port]!;
    const [ref] = refs;
    if (refs.length === 1) {
      inputs[port] = outputDigests(ref!, recordOf(ref!));
      continue;
    }
    let digests = shared.get(refs);
    if (digests === undefined) {
      const there = isPartialInput(instance, port)
        ? refs.filter((one) => recordOf(one) !== undefined)
        : refs;
      digests = there.flatMap((one) => outputDigests(one, recordOf(one)));
      shared.set(refs, digests);
    }
    inputs[port] = digests;
  }
  const environment = surroundingsOf(instance);
  return {
    type,
    version,
    ...(instance.type.plugin && {code: instance.type.plugin.identity}),
    params: instance.params,
    inputs,
    environment,
    ...(instance.engine && {engine: instance.engine}),
  };
}

/** The digests of an output, given the record of its instance. */
export function outputDigests(
  ref: OutputRef,
  record: Pick<StageRecord, 'outputs'> | undefined,
): readonly Digest[] {
  const output = record?.outputs[ref.output];
  if (output === undefined) {
    throw new InternalError(`${ref.instance} has no stored output ${ref.output}.`);
  }
  return output.artifacts.map(({digest}) => digest);
}

function explainAbsence(fingerprint: Fingerprint, key: Key, history: History): readonly Reason[] {
  if (history.knows(fingerprint.type, key)) return [{kind: 'record-missing'}];
  if (fingerprint.type === fileContract.type) return [{kind: 'file-new'}];
  const past = history.nearest(fingerprint);
  if (past === undefined) return [{kind: 'never-run'}];
  return explainChange(past.fingerprint, fingerprint);
}
