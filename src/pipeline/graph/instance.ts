import type {Digest} from '../../base/digest.ts';
import type {Numerics, PinnedEngine} from '../../base/engines.ts';
import type {JsonObject, Json} from '../../base/json.ts';
import type {PathLook} from '../../base/look-at-path.ts';
import type {Surrounding, VariableIdentity} from '../../contract/command.ts';
import type {Media} from '../../contract/media.ts';
import type {StageType} from '../../contract/registry.ts';
import type {SourceFile, Span} from '../../diagnostics/span.ts';

/** `stage` or `stage[axis=value,…]`: an instance's name for users. Never part of a key. */
export type InstanceId = string & {readonly __brand: 'InstanceId'};

/** One output of one instance, as an input of another refers to it. */
export interface OutputRef {
  readonly instance: InstanceId;
  readonly output: string;
}

/** What an instance takes while it runs: `device`, `gpu` or neither, which means CPU slots. Never part of a key. */
export interface Resources {
  /** GPUs if any was found, otherwise CPU slots; a whole number. */
  readonly device?: number;
  /** GPUs only: a fraction of one, or a whole number. */
  readonly gpu?: number;
  /** CPU slots where it is on no GPU; a machine with fewer gives all that it has. Default: 1. */
  readonly cpus?: number;
  /** Memory of the machine. Absent: unknown, and none is kept for it. */
  readonly memoryBytes?: number;
  /** The time that an allocation of a cluster must have left for it, in milliseconds. */
  readonly timeMs?: number;
}

/** An instance of a stage that uses a pipeline. */
export interface Ancestor {
  readonly stage: string;
  readonly point: Readonly<Record<string, Json>>;
}

/** The time limit and retries of an instance. Never part of a key. */
export interface FailurePolicy {
  /** Time limit of an attempt, in milliseconds. Absent: none. */
  readonly timeoutMs?: number;
  /** Number of retries after failures of each kind. */
  readonly retries: {readonly crash: number; readonly 'out-of-memory': number};
}

/** A stage at one point of its matrix: validated, with every default filled in and every `${…}` replaced. */
export interface Instance {
  readonly id: InstanceId;
  /** The name of the stage in the pipeline file, after the names of the stages that contain it: `cell/expert`. */
  readonly stage: string;
  /** What the author says about the stage. Never part of a key. */
  readonly description?: string;
  /** The instances of the stages that contain it, outermost first. */
  readonly within: readonly Ancestor[];
  /** The point of the matrix; empty for a stage without one. */
  readonly axes: Readonly<Record<string, Json>>;
  /** The stage type from the registry; a program or a user file has a contract of its own. */
  readonly type: Pick<StageType, 'contract' | 'plugin'>;
  /** Valid by the contract's schema, with defaults. */
  readonly params: JsonObject;
  /** By port, in order; a port that was left out has an empty list. */
  readonly inputs: Readonly<Record<string, readonly OutputRef[]>>;
  readonly resources: Resources;
  /** The place of `resources` in the file, or of the stage without it. */
  readonly resourcesAt?: Span;
  /** What arguments of a program that are nothing but a `${…}` are written as, such as `params.n`, by their pointers in `params`. */
  readonly writtenAs?: Readonly<Record<string, string>>;
  /** Where the program of `run` is written. */
  readonly programAt?: Span;
  /** Absent: no limit, and no retries. */
  readonly policy?: FailurePolicy;
  /** Absent: it runs no program, and depends on no variables. */
  readonly environment?: InstanceEnvironment;
  /** What a look at the files and folders shows that its code reads although they are no inputs, by their paths. */
  readonly looks?: Readonly<Record<string, PathLook>>;
  /** The engine for its tensor programs, which is part of its key. Absent: the run chooses it, if one is needed. */
  readonly engine?: PinnedEngine;
  /** The absolute path of the folder of the user's that its program starts in, if it does. Never part of a key. */
  readonly folder?: string;
  /** The absolute path of the user file that the instance stands for, if it does. Never part of a key. */
  readonly file?: string;
  /** The results that it has to give. Absent: no lock holds any. Never part of a key. */
  readonly locked?: LockedResults;
}

/** The results that the lock of a pipeline demands of an instance. */
export interface LockedResults {
  /** The lock, as the user would name it. */
  readonly file: string;
  /** The digests of each output's artifacts, in order. */
  readonly outputs: Readonly<Record<string, readonly Digest[]>>;
  /** Where the lock has them. */
  readonly at: Span;
}

/** The variables that a program sees. */
export interface InstanceEnvironment {
  /** The form in which each declared variable is part of the key. */
  readonly identity: Readonly<Record<string, VariableIdentity>>;
  /** The values of those that are set. They may be secrets, so they are never part of a key and never written down. */
  readonly values: Readonly<Record<string, string>>;
}

/** A valid, expanded pipeline. */
export interface InstanceGraph {
  readonly name: string;
  /** The pipeline file, as the user named it. */
  readonly file: string;
  /** Its parameters: those of the file, and what is set instead. */
  readonly params: JsonObject;
  readonly numerics: Numerics;
  /** What the command line and files of parameters set, as `name=value`. Absent: nothing. */
  readonly set?: readonly string[];
  /** What it was loaded from. Absent: nothing keeps it. */
  readonly sources?: PipelineSources;
  /** The media of all outputs. */
  readonly media: Media;
  /** In topological order: an instance comes after all its inputs. */
  readonly instances: ReadonlyMap<InstanceId, Instance>;
}

/** What a pipeline was loaded from. */
export interface PipelineSources {
  /** The pipeline file, and then those that it extends or uses. */
  readonly pipelines: readonly SourceFile[];
  /** The files of parameters, in order: the last wins. */
  readonly params: readonly SourceFile[];
  /** The values of `--set`, as `name=value`. They win over those of files. */
  readonly set: readonly string[];
  /** Set if plugins were loaded, whose code may have said anything. */
  readonly hasPlugins?: true;
}

/** What surrounds an instance, as its key covers it. */
export function surroundingsOf({
  environment,
  looks,
}: Pick<Instance, 'environment' | 'looks'>): Readonly<Record<string, Surrounding>> {
  return {...environment?.identity, ...looks};
}

/** Whether an instance accepts partial input at a port. */
export function isPartialInput({type}: Pick<Instance, 'type'>, port: string): boolean {
  return type.contract.inputs[port]?.partial === true;
}

/** Whether an instance can run on stored results only: it has a partial input, or is a user file. */
export function acceptsPartialInput(instance: Pick<Instance, 'type' | 'inputs' | 'file'>): boolean {
  const {inputs, file} = instance;
  return file !== undefined || Object.keys(inputs).some((port) => isPartialInput(instance, port));
}
