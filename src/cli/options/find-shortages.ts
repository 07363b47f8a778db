import {DiagnosticLog, type Diagnostic} from '../../diagnostics/diagnostic.ts';
import {argumentSpan} from '../../diagnostics/span.ts';
import type {Instance} from '../../pipeline/graph/instance.ts';
import type {Plan} from '../../plan/plan-graph.ts';
import {asksForDevice, findShortage} from '../../schedule/device-request.ts';
import type {Executor, FoundGpus} from '../../schedule/executor.ts';
import {missingPrograms} from './missing-programs.ts';
import type {Target} from '../target.ts';

/**
 * Finds instances that would have to run and request more devices than exist, or a program that is not on the PATH. Stored
 * results need neither, and an instance that needs one device of any kind never lacks it: so most runs neither plan nor look
 * for GPUs here.
 * @param plan called only if it matters which results are stored, and then for each instance
 */
export async function findShortages(
  {graph}: Pick<Target, 'graph'>,
  plan: () => Plan,
  {executor, searched}: {readonly executor: Executor; readonly searched: string | undefined},
): Promise<readonly Diagnostic[]> {
  const isToRun = ({id}: Instance): boolean => plan().get(id)?.verdict.kind !== 'hit';
  const demanding = demandingOf([...graph.instances.values()], executor).filter(isToRun);
  return [
    ...(await missingPrograms(graph.instances.values(), searched, isToRun)),
    ...(await shortagesOf(demanding, executor)),
  ];
}

/** The instances, all of which are to run, that request more devices than exist. */
export async function shortagesOf(
  instances: readonly Instance[],
  executor: Executor,
): Promise<readonly Diagnostic[]> {
  const demanding = demandingOf(instances, executor);
  if (demanding.length === 0) return [];
  return describeShortages(demanding, executor.capacity('cpu'), await executor.findGpus());
}

function demandingOf(
  instances: readonly Instance[],
  {areGpusNamed}: Executor,
): readonly Instance[] {
  return instances.filter(({resources}) =>
    areGpusNamed
      ? asksForDevice(resources)
      : resources.gpu !== undefined || (resources.device ?? 1) > 1,
  );
}

/** A diagnostic for each stage and amount that cannot be satisfied. */
export function describeShortages(
  instances: readonly Instance[],
  slots: number,
  {gpus, why, fault}: Pick<FoundGpus, 'gpus' | 'why' | 'fault'>,
): readonly Diagnostic[] {
  const log = new DiagnosticLog();
  if (fault !== undefined) log.error('not-enough-devices', argumentSpan('--devices'), fault);
  const groups = new Map<
    string,
    {readonly wanted: string; readonly available: string; readonly those: Instance[]}
  >();
  for (const instance of fault === undefined ? instances : []) {
    const shortage = findShortage(instance.resources, {slots, gpus: gpus.length});
    if (shortage === undefined) continue;
    const name = `${instance.stage} ${shortage.wanted}`;
    const group = groups.get(name) ?? {...shortage, those: []};
    groups.set(name, group);
    group.those.push(instance);
  }
  for (const {wanted, available, those} of groups.values()) {
    const [first] = those;
    const who =
      those.length === 1 ? first!.id : `Each of the ${those.length} instances of ${first!.stage}`;
    const notes = why.map((message) => ({message}));
    const span = first!.resourcesAt ?? argumentSpan(first!.id);
    const about = wanted;
    log.error('not-enough-devices', span, `${who} asks for ${wanted}, and ${available}.`, {
      notes,
      about,
    });
  }
  return log.sorted();
}
