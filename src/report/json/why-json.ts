import type {Cause, Explanation} from '../../plan/why.ts';
import type {InstanceTrace} from '../../journal/instance-traces.ts';
import type {Planned} from '../../plan/plan-graph.ts';

/** The explanation of an instance for programs: its verdict, the tree of causes, and the runs that had it. */
export function whyJson(
  {planned, causes, past}: Explanation,
  {
    origin,
    latest,
    lineage,
  }: {
    /** The run that made the stored result, and its reasons. */
    readonly origin?: InstanceTrace & {readonly causes: readonly Cause[]};
    /** The newest run with the instance. */
    readonly latest?: InstanceTrace;
    /** What a stored result was made from, itself the last. */
    readonly lineage: readonly Planned[];
  },
): object {
  const {instance, verdict} = planned;
  const {key, record} = {key: undefined, record: undefined, ...verdict};
  return {
    instance: instance.id,
    stage: instance.stage,
    type: instance.type.contract.type,
    verdict: verdict.kind,
    ...(key !== undefined && {key}),
    ...(record === undefined ? {causes} : {record}),
    ...(past && {comparedWith: {key: past.key, finishedAt: past.record?.finishedAt}}),
    ...(origin && {madeBy: {run: origin.run, causes: origin.causes}}),
    ...(latest && {latest: traceJson(latest)}),
    ...(lineage.length > 0 && {lineage: lineage.map(madeJson)}),
  };
}

function traceJson({run, key, reasons, last}: InstanceTrace): object {
  return {run, key, reasons, standing: last.kind, at: last.at};
}

function madeJson({instance, verdict}: Planned): object {
  return {
    instance: instance.id,
    type: instance.type.contract.type,
    version: instance.type.contract.version,
    inputs: instance.inputs,
    params: instance.params,
    ...(verdict.kind === 'hit' && {
      key: verdict.key,
      provenance: verdict.record.provenance,
      finishedAt: verdict.record.finishedAt,
      durationMs: verdict.record.durationMs,
    }),
  };
}
