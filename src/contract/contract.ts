import type {JsonObject} from '../base/json.ts';
import type {Fault, Facts, KnownInput} from './facts.ts';
import type {MediaDefinition} from './media.ts';
import type {ParamValues, Params} from './param.ts';

/** An input of a stage type. */
export interface InputPort {
  /** The name of its media. */
  readonly media: string;
  readonly summary: string;
  /** Accepts any number of artifacts (at least one), in the order of the instances that made them. */
  readonly many?: true;
  /** May be left out of the pipeline; the stage then receives an empty list. */
  readonly optional?: true;
  /**
   * Accepts partial input: the stage runs once every upstream has finished or failed, on the artifacts that exist, if
   * there is at least one. Only a run that keeps going after failures gets so far.
   */
  readonly partial?: true;
}

/** An output of a stage type. */
export interface OutputPort {
  /** The name of its media. */
  readonly media: string;
  readonly summary: string;
  /** Publishes one or more artifacts, numbered from 0; otherwise exactly one. */
  readonly many?: true;
  /** Pipelines are run for it: it is among a run's results even if other stages take it in. */
  readonly product?: true;
  /** Too large to be shared with other machines unless somebody asks for it: a remote cache gets its digests only. */
  readonly bulky?: true;
  /** The name of a parameter: the output is made only if that is given. Absent: it is always made. */
  readonly onlyWith?: string;
}

/**
 * How an instance goes on from a result that differs in one parameter only. With that result's artifact as an input, its
 * own outputs must have the bytes that they have without. `check` finds a fault with the input where that is not so.
 */
export interface GoesOn {
  /** A whole-number parameter, such as `epochs`: the other result has a lower value. */
  readonly by: string;
  /** The output of the other result: a single artifact, if it was made. */
  readonly output: string;
  /** The optional input that takes it. An instance that has this input already does not look for a result. */
  readonly input: string;
}

/** Whether an instance with these parameters makes an output. */
export function isMade({onlyWith}: Pick<OutputPort, 'onlyWith'>, params: JsonObject): boolean {
  return onlyWith === undefined || Object.hasOwn(params, onlyWith);
}

/** An instance as it is known before anything runs. */
export interface Given<Values, Port extends string> {
  /** Its name, such as `white` or `expert[seed=3]`. */
  readonly instance: string;
  /** Valid by their schemas, defaults filled in. */
  readonly params: Values;
  readonly inputs: Readonly<Record<Port, readonly KnownInput[]>>;
  /** The number of GPUs that `resources` asks for by `gpu`. Absent: none, a part of one, or unknown. */
  readonly gpus?: number;
}

/**
 * The declaration of a stage type: enough to validate a pipeline, compute keys and show help, without loading the code
 * that does the work.
 */
export interface Contract<
  P extends Params = Params,
  I extends Readonly<Record<string, InputPort>> = Readonly<Record<string, InputPort>>,
  O extends Readonly<Record<string, OutputPort>> = Readonly<Record<string, OutputPort>>,
> {
  /** The name for `uses`, in kebab-case. */
  readonly type: string;
  /** Part of every key: raised whenever the same parameters and inputs may give other bytes. */
  readonly version: number;
  readonly summary: string;
  /** The parameters of `with`. Their values, with defaults, are part of the key. */
  readonly params: P;
  readonly inputs: I;
  readonly outputs: O;
  /** The media that its ports may name, besides the common ones. Other contracts may declare the same. */
  readonly media?: readonly MediaDefinition[];
  /** Set if an instance can go on from a stored result that has less of something. */
  readonly goesOn?: GoesOn;
  /** Set if it runs tensor programs: the record then names the engine. */
  readonly engine?: true;
  /** The facts about the results that checks and costs of later stages need. Absent: none are known. */
  facts?(given: Given<NoInfer<ParamValues<P>>, NoInfer<keyof I & string>>): Facts;
  /**
   * The absolute paths of files and folders of the user's that the code reads although they are no inputs. Keys cover what
   * a look at them shows: names, sizes and times. Absent: there are none.
   */
  reads?(params: NoInfer<ParamValues<P>>): readonly string[];
  /**
   * Finds the faults that parameters and known facts of the inputs show before anything runs. An unknown fact is no fault.
   * Called at each point of a matrix: it must be quick, and read nothing.
   */
  check?(given: Given<NoInfer<ParamValues<P>>, NoInfer<keyof I & string>>): readonly Fault[];
}

/** Keeps the precise types of a contract, so that `run.ts` sees its parameters and ports by name. */
export function defineContract<
  const P extends Params,
  const I extends Readonly<Record<string, InputPort>>,
  const O extends Readonly<Record<string, OutputPort>>,
>(contract: Contract<P, I, O>): Contract<P, I, O> {
  return contract;
}
