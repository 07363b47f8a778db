import type {JsonObject} from '../base/json.ts';
import type {KnownInputs} from './facts.ts';

/** What an instance is expected to cost, by its parameters and what is known of its inputs. Only ever a guess. */
export interface Cost {
  /** On the GPU that the figures are of; 0 for what needs none. */
  readonly gpuSeconds: number;
  /** Multiplications and additions, in pairs: what tells small from large where nothing but arithmetic takes time. */
  readonly multiplyAdds: number;
  /** What its artifacts take on the disk. */
  readonly bytes: number;
}

/** `undefined`: that cannot be told. */
export type CostModel = (params: JsonObject, inputs: KnownInputs) => Cost | undefined;

/** Cost models by stage type, and where their figures are from, to be put after `by`. */
export interface CostModels {
  readonly of: ReadonlyMap<string, CostModel>;
  readonly source: string;
}
