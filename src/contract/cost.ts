import type {JsonObject} from '../base/json.ts';
import type {KnownInputs} from './facts.ts';

/** The expected cost of an instance, estimated from its parameters and the facts of its inputs. */
export interface Cost {
  /** Seconds on the GPU that the figures were measured on; 0 for a stage that needs no GPU. */
  readonly gpuSeconds: number;
  /** Multiply-adds, for scaling durations on a CPU. */
  readonly multiplyAdds: number;
  /** Bytes of its artifacts on the disk. */
  readonly bytes: number;
}

/** Gives `undefined` if the cost is unknown. */
export type CostModel = (params: JsonObject, inputs: KnownInputs) => Cost | undefined;

/** Cost models by stage type, and the source of their figures, to be put after `by`. */
export interface CostModels {
  readonly of: ReadonlyMap<string, CostModel>;
  readonly source: string;
}
