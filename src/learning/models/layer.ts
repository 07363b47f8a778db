/** Layers: functions that know the shape of what they take, and say which parameters they want. */
import type {Value} from '../../tensor/value.ts';
import type {Shape} from '../../tensor/shape.ts';

/** One parameter tensor, in the official layout: filters [out, in, kh, kw], linear weights [out, in]. */
export interface ParamSpec {
  /** As PyTorch names it, such as `features.0.weight`. */
  readonly name: string;
  readonly shape: Shape;
  readonly init: Initial;
}

/** The distribution a parameter starts from. */
export type Initial =
  /** Uniform over (−bound, bound). */
  | {readonly kind: 'uniform'; readonly bound: number}
  | {readonly kind: 'constant'; readonly value: number};

/** Running statistics that a batch normalisation keeps beside its parameters, one number a channel. */
export interface StatisticSpec {
  readonly name: string;
  readonly channels: number;
}

/** What a layer finds on its way through a network: its parameters, in the order it declared them. */
export interface Pass {
  take(): Value;
  /**
   * The running mean and variance to normalise by, or `undefined` to use those of the batch, which are then handed to
   * `recordStatistics` (variance unbiased).
   */
  takeStatistics(): {readonly mean: Value; readonly variance: Value} | undefined;
  recordStatistics(mean: Value, variance: Value): void;
}

/** Nothing would be left of an image on its way through a network. The message says where. */
export class ImageTooSmall extends Error {
  override readonly name = 'ImageTooSmall';
}

/** A layer fitted to its input. Shapes are without the batch: [h, w, c] or [features]. */
export interface FittedLayer {
  readonly output: Shape;
  readonly params: readonly ParamSpec[];
  readonly statistics: readonly StatisticSpec[];
  /** @param x [n, ...input] @returns [n, ...output] */
  apply(pass: Pass, x: Value): Value;
}

/**
 * @param name the prefix of its parameters' names
 * @throws ImageTooSmall
 */
export type Layer = (input: Shape, name: string) => FittedLayer;

/** Layers one after the other, named `prefix.0`, `prefix.1`, … as in a PyTorch Sequential. */
export function sequential(layers: readonly Layer[]): Layer {
  return chain(layers.map((layer, i) => [String(i), layer] as const));
}

/** Layers one after the other, each with a name of its own. */
export function chain(layers: readonly (readonly [name: string, layer: Layer])[]): Layer {
  return (input, prefix) => {
    const fitted: FittedLayer[] = [];
    for (const [name, layer] of layers) {
      const fullName = prefix === '' ? name : `${prefix}.${name}`;
      const next = layer(fitted.at(-1)?.output ?? input, fullName);
      if (next.output.some((extent) => extent < 1)) {
        throw new ImageTooSmall(`nothing is left at ${fullName}`);
      }
      fitted.push(next);
    }
    return {
      output: fitted.at(-1)?.output ?? input,
      params: fitted.flatMap(({params}) => params),
      statistics: fitted.flatMap(({statistics}) => statistics),
      apply: (pass, x) => fitted.reduce((value, layer) => layer.apply(pass, value), x),
    };
  };
}

/** A layer without parameters. */
export function pure(output: (input: Shape) => Shape, apply: (x: Value) => Value): Layer {
  return (input) => ({
    output: output(input),
    params: [],
    statistics: [],
    apply: (_, x) => apply(x),
  });
}
