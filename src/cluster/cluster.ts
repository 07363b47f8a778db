import type {Demand} from '../pipeline/graph/demand.ts';
import type {RemoteConfig} from '../remote/remote-config.ts';

/** A place that gives allocations, as its profile describes it. It is part of no pipeline and of no key. */
export interface Cluster {
  /** The name after `--on`. */
  readonly name: string;
  /** The absolute path of the profile. */
  readonly file: string;
  readonly engine: ClusterEngineConfig;
  /** The absolute path of the store, the same on every machine of the cluster. Absent: that of `--store`. */
  readonly store?: string;
  /** Lines of a shell script before the member starts, such as `module load nodejs`. */
  readonly setup: string;
  /** The command in which the member runs, such as `[apptainer, exec, IMAGE]`. Empty: none. */
  readonly container: readonly string[];
  /** The Node.js that runs members. Absent: that of this process. */
  readonly node?: string;
  /** At least one, in the order of the profile. */
  readonly pools: readonly Pool[];
  /** The time in which the run should be done, for the number of members to ask for, in milliseconds. */
  readonly wallMs: number;
  /** Number of times that one allocation may be continued after its time was up. */
  readonly restarts: number;
  /** Absent: that of the user's configuration. */
  readonly remote?: RemoteConfig;
}

/** Members of one shape. */
export interface Pool {
  readonly name: string;
  /** The largest number of members at a time. */
  readonly max: number;
  /** Number of GPUs of each member. */
  readonly gpus: number;
  /** The type of its GPUs, as the cluster calls it. */
  readonly type?: string;
  /** Number of CPUs of each member. Absent: the cluster's default. */
  readonly cpus?: number;
  readonly memoryBytes?: number;
  /** The time limit of an allocation. Absent: there is none. */
  readonly timeMs?: number;
  /** The kinds of instances that its members take. */
  readonly takes: readonly Demand[];
  /** Names of partitions, any of which will do. */
  readonly partition: readonly string[];
  readonly account?: string;
  readonly constraint?: string;
  /** Further arguments of the submitting command. */
  readonly extra: readonly string[];
}

/** The engine that starts members: Slurm, commands of the user's, SSH, or Kubernetes. */
export type ClusterEngineConfig =
  | {readonly kind: 'slurm'}
  | {
      readonly kind: 'command';
      /** Argument templates with `${script}`, `${n}`, `${name}`, `${gpus}`, `${cpus}`, `${memory}`, `${time}`. */
      readonly submit: readonly string[];
      readonly list: readonly string[];
      readonly cancel: readonly string[];
    }
  | {readonly kind: 'ssh'; readonly hosts: readonly SshHost[]; readonly options: readonly string[]}
  | {
      readonly kind: 'kubernetes';
      readonly image: string;
      readonly namespace: string;
      /** The claim of the volume with the store, and where it is mounted. */
      readonly claim: string;
      readonly mountPath: string;
      /** The local queue of Kueue. */
      readonly queue?: string;
    };

export interface SshHost {
  readonly host: string;
  /** The GPUs that a member there may use: their indices as a list. Absent: all of them. */
  readonly gpus?: readonly number[];
}
