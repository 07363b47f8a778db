import type {MediaDefinition} from './media.ts';
import type {Params} from './param.ts';

/** Where an input's artifacts come in. */
export interface InputPort {
  /** The name of the kind of artifact. */
  readonly media: string;
  readonly summary: string;
  /** Takes any number of artifacts (at least one), in the order of the instances that made them. */
  readonly many?: true;
  /** May be left out of the pipeline; the stage then receives an empty list. */
  readonly optional?: true;
  /**
   * Does with what there is: once everything that flows in has been made or can no longer be, the stage runs on what was
   * made, unless that is nothing. Only a run that keeps going after failures gets so far.
   */
  readonly partial?: true;
}

/** Where an output's artifacts go out. */
export interface OutputPort {
  /** The name of the kind of artifact. */
  readonly media: string;
  readonly summary: string;
  /** Publishes one or more artifacts, numbered from 0; otherwise exactly one. */
  readonly many?: true;
}

/**
 * What a stage type declares: enough to validate a pipeline, compute keys and show help,
 * without loading any of the code that does the work.
 */
export interface Contract<
  P extends Params = Params,
  I extends Readonly<Record<string, InputPort>> = Readonly<Record<string, InputPort>>,
  O extends Readonly<Record<string, OutputPort>> = Readonly<Record<string, OutputPort>>,
> {
  /** What `uses` names, in kebab-case. */
  readonly type: string;
  /** Part of every key: raised whenever the same parameters and inputs may give other bytes. */
  readonly version: number;
  readonly summary: string;
  /** What `with` takes. The values, defaults filled in, are part of the key. */
  readonly params: P;
  readonly inputs: I;
  readonly outputs: O;
  /** The kinds of artifacts that its ports may name, besides the common ones. Other contracts may declare the same. */
  readonly media?: readonly MediaDefinition[];
  /** Runs tensor programs: the record then says on which engine. */
  readonly engine?: true;
}

/** Keeps the precise types of a contract, so that `run.ts` sees its parameters and ports by name. */
export function defineContract<
  const P extends Params,
  const I extends Readonly<Record<string, InputPort>>,
  const O extends Readonly<Record<string, OutputPort>>,
>(contract: Contract<P, I, O>): Contract<P, I, O> {
  return contract;
}
