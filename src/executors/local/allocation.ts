/** The part of a machine that Slurm has given to a job. */
export interface Allocation {
  /** The job's number. Each task of a job array has one of its own. */
  readonly job: string;
  /** The name by which runs of one machine tell jobs apart. */
  readonly name: string;
  /** Number of CPUs. Absent: Slurm does not tell. */
  readonly cpus?: number;
  /** Absent: Slurm does not tell, or gave all that the machine has. */
  readonly memoryBytes?: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The Slurm job that this process belongs to, by the variables that Slurm sets. `undefined`: it belongs to none. */
export function findAllocation(environment: Environment): Allocation | undefined {
  const job = environment['SLURM_JOB_ID'];
  if (job === undefined || job === '') return undefined;
  const countOf = (name: string): number | undefined => {
    const count = Number(environment[name]);
    return Number.isInteger(count) && count > 0 ? count : undefined;
  };
  const cpus = countOf('SLURM_CPUS_PER_TASK') ?? countOf('SLURM_CPUS_ON_NODE');
  const ofCpus = cpus && (countOf('SLURM_MEM_PER_CPU') ?? 0) * cpus;
  const memoryMiB = countOf('SLURM_MEM_PER_NODE') ?? ofCpus;
  const name = `slurm:${environment['SLURM_CLUSTER_NAME'] ?? ''}/${job}`;
  return {
    job,
    name,
    ...(cpus !== undefined && {cpus}),
    ...(memoryMiB && {memoryBytes: memoryMiB * 2 ** 20}),
  };
}

/**
 * Number of cores that this process may use. Node.js counts those that the kernel lets it run on; a job may have been
 * given fewer.
 */
export function usableCores(cores: number, environment: Environment): number {
  return Math.min(cores, findAllocation(environment)?.cpus ?? cores);
}

/** The bytes of memory that this process may use, of those of the machine. */
export function usableMemory(bytes: number, environment: Environment): number {
  return Math.min(bytes, findAllocation(environment)?.memoryBytes ?? bytes);
}
