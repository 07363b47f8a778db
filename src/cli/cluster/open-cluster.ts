import type {Cluster} from '../../cluster/cluster.ts';
import type {ClusterEngine} from '../../cluster/engine.ts';
import {engineFor} from '../../cluster/engines/engine-for.ts';
import {profileIn, readProfile, type ReadProfile} from '../../cluster/profile/read-profile.ts';
import {isErrno, isSystemError, whyRefused} from '../../base/errno.ts';
import {readText} from '../../base/read-text.ts';
import {DiagnosticLog} from '../../diagnostics/diagnostic.ts';
import {foreignFileFault} from '../../store/foreign-file.ts';
import type {Store} from '../../store/layout.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import type {World} from '../world.ts';
import {profilePath} from './cluster-run.ts';

/**
 * The cluster that `--on` names, with its profile; or the exit code, after the mistakes were printed.
 * @param pipeline the pipeline file, as the user named it, if there is one
 */
export async function openCluster(
  name: string,
  pipeline: string | undefined,
  {cwd, environment, faults}: World,
): Promise<ReadProfile | ExitCode> {
  const log = new DiagnosticLog();
  const read = await readProfile(
    name,
    {cwd, environment, ...(pipeline !== undefined && {pipeline})},
    log,
  );
  if (read !== undefined) return read;
  faults.diagnostics(log.sorted());
  return exitCodes.invalidPipeline;
}

/** The store of a cluster as it is to be named: as the user typed it, or as the profile says. */
export function storeNameOf(
  {store, settings}: {readonly store: string; readonly settings: readonly string[]},
  cluster: Pick<Cluster, 'store'>,
): string {
  return settings.includes('--store') ? store : (cluster.store ?? store);
}

/** The cluster of a run, by the copy of its profile; or the exit code, after the mistakes were printed. */
export function openKeptCluster(
  store: Store,
  run: string,
  name: string,
  {cwd, faults}: World,
): Cluster | ExitCode {
  const log = new DiagnosticLog();
  const file = profilePath(store, run);
  const foreign = foreignFileFault(file);
  if (foreign !== undefined) {
    faults.fault('unfit-run', foreign);
    return exitCodes.usage;
  }
  try {
    const cluster = profileIn({name: `${name}.yaml`, text: readText(file)}, {cwd}, log);
    if (cluster !== undefined) return cluster;
    faults.diagnostics(log.sorted());
  } catch (error) {
    if (!isSystemError(error)) throw error;
    const why = isErrno(error, 'ENOENT', 'ENOTDIR') ? 'it is not there' : whyRefused(error);
    const message = `The profile of the cluster of run ${run} cannot be read: ${why} (${file}).`;
    faults.fault('unfit-run', message);
  }
  return exitCodes.usage;
}

export function engineOf(
  {engine}: Cluster,
  {environment, waits}: Pick<World, 'environment' | 'waits'>,
): ClusterEngine {
  return engineFor(engine, {environment, lookMs: waits.askMs / 2});
}
