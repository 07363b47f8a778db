import type {JsonObject} from '../base/json.ts';

/** Numbers that are known of a result before it is made: what those that take it in need to know their own costs. */
export type Facts = Readonly<Partial<Record<string, number>>>;

/** What an instance is expected to cost, by its parameters and what is known of its inputs. Only ever a guess. */
export interface Cost {
  /** On the GPU that the figures are of; 0 for what needs none. */
  readonly gpuSeconds: number;
  /** Multiplications and additions, in pairs: what tells small from large where nothing but arithmetic takes time. */
  readonly multiplyAdds: number;
  /** What its artifacts take on the disk. */
  readonly bytes: number;
  readonly facts: Facts;
}

/** `undefined`: that cannot be told. */
export type CostModel = (
  params: JsonObject,
  inputs: Readonly<Record<string, readonly Facts[]>>,
) => Cost | undefined;

/** Cost models by stage type, and where their figures are from, to be put after `by`. */
export interface CostModels {
  readonly of: ReadonlyMap<string, CostModel>;
  readonly source: string;
}
