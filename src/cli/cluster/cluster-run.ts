import path from 'node:path';
import type {Cluster, Pool} from '../../cluster/cluster.ts';
import {memberScript} from '../../cluster/member-script.ts';
import type {ClusterEngine, Submission} from '../../cluster/engine.ts';
import type {RunRequest} from '../../cluster/request.ts';
import type {InstanceGraph, InstanceId} from '../../pipeline/graph/instance.ts';
import {runFolder, type Store} from '../../store/layout.ts';
import type {World} from '../world.ts';

/** A run on a cluster, as those see it that do not compute it. */
export interface ClusterRun {
  readonly run: string;
  readonly store: Store;
  readonly request: RunRequest;
  readonly cluster: Cluster;
  readonly engine: ClusterEngine;
  readonly graph: InstanceGraph;
  readonly forced: ReadonlySet<InstanceId>;
}

/** The folder for what the allocations of a run print. */
export function outFolder(store: Store, run: string): string {
  return path.join(runFolder(store, run), 'out');
}

/** The script that starts a member of a pool. */
export function scriptPath(store: Store, run: string, pool: Pool): string {
  return path.join(runFolder(store, run), `member-${pool.name}.sh`);
}

/** The copy of the profile that a run was submitted with. */
export function profilePath(store: Store, run: string): string {
  return path.join(runFolder(store, run), 'cluster.yaml');
}

/** The submission of a number of members of a pool. */
export function submissionOf(
  {run, store, request}: Pick<ClusterRun, 'run' | 'store' | 'request'>,
  pool: Pool,
  members: number,
): Submission {
  return {
    run,
    pool,
    members,
    script: scriptPath(store, run, pool),
    logs: outFolder(store, run),
    variables: Object.keys(request.variables),
  };
}

/** The text of the script that starts a member of a pool. */
export function scriptOf(
  {run, store, cluster}: Pick<ClusterRun, 'run' | 'store' | 'cluster'>,
  pool: Pool,
  {executable, environment}: Pick<World, 'executable' | 'environment'>,
): string {
  const [node, main] = executable;
  const program = [node!, main!] as const;
  return memberScript(cluster, pool, {run, store: store.root, program, environment});
}

/** The name of what answers for a cluster, for people. */
export function engineTitle({name, engine}: Cluster): string {
  switch (engine.kind) {
    case 'slurm':
      return 'Slurm';
    case 'kubernetes':
      return 'Kubernetes';
    case 'command':
    case 'ssh':
      return name;
  }
}
