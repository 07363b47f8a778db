/** Layers: functions that know their input's shape and declare their parameters. */
import type {Value} from '../../tensor/value.ts';
import type {Shape} from '../../tensor/shape.ts';

/** One parameter tensor, in the official layout: filters [out, in, kh, kw], linear weights [out, in]. */
export interface ParamSpec {
  /** PyTorch's name, such as `features.0.weight`. */
  readonly name: string;
  readonly shape: Shape;
  readonly init: Initial;
}

/** The initial distribution of a parameter. */
export type Initial =
  /** Uniform over (−bound, bound). */
  | {readonly kind: 'uniform'; readonly bound: number}
  | {readonly kind: 'constant'; readonly value: number};

/** Running statistics of a batch normalisation, one number per channel. */
export interface StatisticSpec {
  readonly name: string;
  readonly channels: number;
}

/**
 * The state of one pass through a network: a layer takes its parameters from it, in the order in which it declared
 * them.
 */
export interface Pass {
  take(): Value;
  /**
   * The running mean and variance to normalise with, or `undefined` to use those of the batch; the layer then passes
   * these to `recordStatistics` (variance unbiased).
   */
  takeStatistics(): {readonly mean: Value; readonly variance: Value} | undefined;
  recordStatistics(mean: Value, variance: Value): void;
}

/** An image is too small for a network: nothing would be left of it at some layer, which the message names. */
export class ImageTooSmall extends Error {
  override readonly name = 'ImageTooSmall';
}

/** A layer fitted to its input. Shapes exclude the batch: [h, w, c] or [features]. */
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

/** Layers in sequence, named `prefix.0`, `prefix.1`, … as in a PyTorch Sequential. */
export function sequential(layers: readonly Layer[]): Layer {
  return chain(layers.map((layer, i) => [String(i), layer] as const));
}

/** Layers in sequence, each with its own name. */
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
