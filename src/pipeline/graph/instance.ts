import type {Numerics, PinnedEngine} from '../../base/engines.ts';
import type {JsonObject, Json} from '../../base/json.ts';
import type {VariableIdentity} from '../../contract/command.ts';
import type {StageType} from '../../contract/registry.ts';
import type {Span} from '../../diagnostics/span.ts';

/** `stage` or `stage[axis=value,…]`: names an instance to people. Never part of a key. */
export type InstanceId = string & {readonly __brand: 'InstanceId'};

/** One output of one instance, as an input of another refers to it. */
export interface OutputRef {
  readonly instance: InstanceId;
  readonly output: string;
}

/** What an instance asks of the machine: `device`, `gpu` or nothing, which is one CPU slot. Never part of a key. */
export interface Resources {
  /** GPUs where any was found, otherwise CPU slots; a whole number. */
  readonly device?: number;
  /** GPUs, and nothing else will do: a fraction of one, or a whole number. */
  readonly gpu?: number;
}

/** An instance of a stage that uses a pipeline. */
export interface Ancestor {
  readonly stage: string;
  readonly point: Readonly<Record<string, Json>>;
}

/** What a run does about an instance that takes too long or fails. Never part of a key. */
export interface FailurePolicy {
  /** How long an attempt may take, in milliseconds. Absent: as long as it likes. */
  readonly timeoutMs?: number;
  /** How often it is tried again after failures of each kind. */
  readonly retries: {readonly crash: number; readonly 'out-of-memory': number};
}

/** A stage at one point of its matrix: validated, with every default filled in and every `${…}` replaced. */
export interface Instance {
  readonly id: InstanceId;
  /** The name of the stage in the pipeline file, after those of the stages it is nested in: `cell/expert`. */
  readonly stage: string;
  /** What the author says about the stage. Never part of a key. */
  readonly description?: string;
  /** The instances of stages it is nested in, outermost first. */
  readonly within: readonly Ancestor[];
  /** The point of the matrix; empty for a stage without one. */
  readonly axes: Readonly<Record<string, Json>>;
  /** Of the registry; or, of a program or a file of the user's, a contract of its own. */
  readonly type: Pick<StageType, 'contract' | 'plugin'>;
  /** Valid by the contract's schema, defaults included. */
  readonly params: JsonObject;
  /** By port, in order; a port that was left out has an empty list. */
  readonly inputs: Readonly<Record<string, readonly OutputRef[]>>;
  readonly resources: Resources;
  /** Where `resources` is written, or the stage that leaves it out. */
  readonly resourcesAt?: Span;
  /** Where the program of `run` is written. */
  readonly programAt?: Span;
  /** Absent: no limit, and nothing is tried again. */
  readonly policy?: FailurePolicy;
  /** Absent: it runs no program, and depends on no variables. */
  readonly environment?: InstanceEnvironment;
  /** What has to run its tensor programs, and is part of its key. Absent: whatever the run says, if anything. */
  readonly engine?: PinnedEngine;
  /** The absolute path of the file of the user's that the instance stands for, if it does. Never part of a key. */
  readonly file?: string;
}

/** The variables that a program sees. */
export interface InstanceEnvironment {
  /** How each that is declared counts in the key. */
  readonly identity: Readonly<Record<string, VariableIdentity>>;
  /** What those that are set hold: perhaps secrets, so that they are never part of a key and never written down. */
  readonly values: Readonly<Record<string, string>>;
}

/** A valid pipeline, expanded. */
export interface InstanceGraph {
  readonly name: string;
  /** The pipeline file, as the user named it. */
  readonly file: string;
  readonly numerics: Numerics;
  /** In topological order: an instance comes after everything it takes input from. */
  readonly instances: ReadonlyMap<InstanceId, Instance>;
}

/** Whether an instance does with what there is of an input. */
export function isPartialInput({type}: Pick<Instance, 'type'>, port: string): boolean {
  return type.contract.inputs[port]?.partial === true;
}

/** Whether an instance makes do with what is stored: it has a partial input, or is a file of the user's. */
export function acceptsPartialInput(instance: Pick<Instance, 'type' | 'inputs' | 'file'>): boolean {
  const {inputs, file} = instance;
  return file !== undefined || Object.keys(inputs).some((port) => isPartialInput(instance, port));
}
