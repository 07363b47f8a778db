import type {Cluster, Pool} from '../../../src/cluster/cluster.ts';
import type {Submission} from '../../../src/cluster/engine.ts';

/** The name of a run. */
export const run = '20260102-030405.678-abcdef';

export function poolOf(given: Partial<Pool> = {}): Pool {
  return {name: 'gpu', max: 4, gpus: 0, takes: ['cpu'], partition: [], extra: [], ...given};
}

export function clusterOf(given: Partial<Cluster> = {}): Cluster {
  return {
    name: 'lab',
    file: '/home/me/clusters/lab.yaml',
    engine: {kind: 'slurm'},
    setup: '',
    container: [],
    pools: [poolOf()],
    wallMs: 3_600_000,
    restarts: 20,
    ...given,
  };
}

export function submissionOf(given: Partial<Submission> = {}): Submission {
  return {
    run,
    pool: poolOf(),
    members: 1,
    script: '/scratch/store/member-gpu.sh',
    logs: '/scratch/store/out',
    variables: [],
    ...given,
  };
}
