import type {EngineRequest} from '../base/engines.ts';
import type {JsonObject} from '../base/json.ts';
import type {Facts, KnownInputs} from './facts.ts';

/** The expected cost of an instance, estimated from its parameters and the facts of its inputs. */
export interface Cost {
  /** Seconds on the GPU that the figures were measured on; 0 for a stage that needs no GPU. */
  readonly gpuSeconds: number;
  /** What it does without a GPU. */
  readonly work: Work;
  /** Bytes of its artifacts on the disk. */
  readonly bytes: number;
}

/** Amounts of work by kind, such as multiply-adds of networks. The cost models choose the kinds and their units. */
export type Work = Readonly<Record<string, number>>;

/** How much of each kind of work a thread does in a second. */
export type Speeds = Readonly<Record<string, number>>;

/**
 * Gives `undefined` if the cost is unknown.
 * @param found what a look at files of the user's showed of the result, if there was one
 */
export type CostModel = (
  params: JsonObject,
  inputs: KnownInputs,
  found?: Facts,
) => Cost | undefined;

/**
 * Looks at files of the user's for the facts of a result, which then replace those of the contract. It takes longer than a
 * contract may, so that only estimates ask. Gives `undefined` if there is nothing to look at, or more than is quick; rejects
 * if the files cannot be used.
 * @param files the absolute paths of the user's files that flow in, by port
 */
export type FindFacts = (
  params: JsonObject,
  files: Readonly<Record<string, readonly string[]>>,
) => Promise<Facts | undefined>;

export interface CostModels {
  /** By stage type. */
  readonly of: ReadonlyMap<string, CostModel>;
  /** By stage type. Absent: none reads files of the user's. */
  readonly findFacts?: ReadonlyMap<string, FindFacts>;
  /** The source of the seconds on a GPU, to be put after `by`. */
  readonly source: string;
  /** The other things on which these seconds depend, as a clause. */
  readonly caveat: string;
  /** The GPU that they were measured on, to be put after `on`. */
  readonly gpu: string;
  /** The speeds of a usual machine, for all kinds of work. */
  readonly usualSpeeds: Speeds;
  /** The kinds of work that several threads share. */
  readonly shared: readonly string[];
}

/**
 * Measures how fast one thread of this machine is, in less than a second: the speeds of the kinds of work that depend on
 * it. Rejects if the engine does not start.
 */
export type Calibrate = (request: EngineRequest) => Promise<Speeds>;
