/**
 * The distance of a student from the expert's target, relative to the expert's displacement: 1 if the student has not
 * moved, 0 if it has arrived.
 *
 * parameters:  L = ‖θ̂_N − θ*_target‖² / ‖θ*_start − θ*_target‖²   (Cazenavette et al. 2022)
 * outputs:     L = Σ‖z(θ̂_N; x) − z(θ*_target; x)‖² / Σ‖z(θ*_start; x) − z(θ*_target; x)‖², over images x of a probe
 */
import {floatsOf} from '../../data/standardised-bytes.ts';
import type {Engine, Executable, Tensor} from '../../../tensor/engine.ts';
import {gradient} from '../../../tensor/gradient.ts';
import {Graph} from '../../../tensor/graph.ts';
import type {Value} from '../../../tensor/value.ts';
import * as ops from '../../../tensor/ops.ts';
import {program, type Program} from '../../../tensor/program.ts';
import {sizeOf} from '../../../tensor/shape.ts';
import type {FloatSplit} from '../../data/float-split.ts';
import {blockSums} from '../../block-sums.ts';
import {joinParams, splitParams, type Model} from '../../models/model.ts';
import {perShape} from '../../per-shape.ts';

/** The start and the target of an expert, θ* [D] each. */
export interface ExpertSegment {
  /** θ*_t */
  readonly start: Float32Array;
  /** θ*_{t+M} */
  readonly target: Float32Array;
}

/** A distance, and its derivative. */
export interface Distance {
  /** The parameters before this one do not count. Absent: all count. */
  readonly from?: number;
  /**
   * L [] and λ = ∂L/∂θ̂_N [D] at θ̂_N, computed on the engine; nothing is read. The caller keeps θ̂_N and owns the
   * results.
   */
  measure(reached: Tensor, ends: ExpertSegment): {readonly loss: Tensor; readonly lambda: Tensor};
  /** Frees what the distance holds on the engine; absent: it holds nothing. */
  dispose?(): void;
}

/**
 * The normalisation of a distance: the expert's displacement over all parameters or outputs; the displacement of each
 * layer, averaged over layers; or none.
 */
export const normalisations = ['global', 'layer', 'none'] as const;
export type Normalisation = (typeof normalisations)[number];

/** Which parameters count, and how. */
export interface ParameterOptions {
  /** The network that the parameters are of. */
  readonly model: Model;
  readonly normalisation: Normalisation;
  /**
   * α_m: this part of all parameters, the first ones in θ, counts neither in the distance nor in what it is divided by
   * (Prioritize Alignment, Li et al. 2024). Of a layer that it ends in, the rest counts. Defaults to 0.
   */
  readonly skipShallow?: number | undefined;
}

/**
 * The distance of parameters. The expert's displacement, by which all is divided, is summed in float64 on the host.
 *
 * @param options absent: all parameters count alike
 */
export function parameterDistance(engine: Engine, options?: ParameterOptions): Distance {
  const {normalisation = 'global'} = options ?? {};
  const from = options === undefined ? 0 : firstCounted(options);
  const groupsOf = (size: number): readonly Range[] =>
    normalisation === 'layer' ? layersOf(options!.model) : [{from: 0, to: size}];
  const countedOf = (size: number): readonly Range[] =>
    groupsOf(size)
      .filter(({to}) => to > from)
      .map((group) => ({...group, from: Math.max(group.from, from)}));
  const compiled = perShape(engine, (size: number) => parameterProgram(size, countedOf(size)));
  return {
    from,
    measure(reached, ends) {
      const size = ends.target.length;
      const groups = countedOf(size);
      const factors = normalisation === 'none' ? [1] : factorsOf(ends, groups);
      const target = engine.upload(ends.target, [size]);
      const scales = engine.upload(Float32Array.from(factors), [groups.length]);
      const measured = compiled(size).run({reached, target, scales});
      for (const tensor of [target, scales]) tensor.dispose();
      return measured;
    },
  };
}

/** The number of parameters that are left out. */
function firstCounted({model, skipShallow = 0}: ParameterOptions): number {
  return Math.floor(skipShallow * model.parameterCount);
}

interface Range {
  readonly from: number;
  readonly to: number;
}

/**
 * The ranges of each layer's parameters in θ; parameters belong to one layer if their names agree up to the last dot.
 */
export function layersOf({params}: Pick<Model, 'params'>): readonly Range[] {
  const layers: {name: string; from: number; to: number}[] = [];
  let offset = 0;
  for (const {name, shape} of params) {
    const layer = name.slice(0, name.lastIndexOf('.'));
    if (layers.at(-1)?.name !== layer) layers.push({name: layer, from: offset, to: offset});
    offset += sizeOf(shape);
    layers.at(-1)!.to = offset;
  }
  return layers;
}

/**
 * The factor of each group of parameters in L: one over the expert's squared displacement, and over the number of groups
 * in which the expert moved; 0 for groups in which it did not.
 */
function factorsOf({start, target}: ExpertSegment, groups: readonly Range[]): readonly number[] {
  const moved = groups.map(({from, to}) => {
    let squares = 0;
    for (let i = from; i < to; i++) squares += (start[i]! - target[i]!) ** 2;
    return squares;
  });
  if (moved.length === 1) return [1 / moved[0]!];
  const count = moved.filter((squares) => squares > 0).length;
  return moved.map((squares) => (squares > 0 ? 1 / (squares * count) : 0));
}

/** L = Σ over groups of factor · ‖θ̂_N − θ*_target‖², and λ, which is 0 before the first group. */
function parameterProgram(
  size: number,
  groups: readonly Range[],
): Program<'loss' | 'lambda', 'reached' | 'target' | 'scales'> {
  const graph = new Graph();
  const [reached, target] = ['reached', 'target'].map((name) => graph.input(name, [size]));
  const scales = graph.input('scales', [groups.length]);
  const away = ops.subtract(reached!, target!);
  const parts = groups.map(({from, to}, group) => ({
    part: ops.slice(away, [from], [to - from]),
    scale: ops.reshape(ops.slice(scales, [group], [1]), []),
  }));
  const losses = parts.map(({part, scale}) =>
    ops.multiply(blockSums(ops.multiply(part, part)), scale),
  );
  const lambdas = parts.map(({part, scale}) => ops.multiply(part, ops.multiply(scale, 2)));
  const lambda = ops.concat(lambdas as [Value, ...Value[]], 0);
  const before = groups[0]!.from;
  return program({
    loss: losses.reduce((a, b) => ops.add(a, b)),
    lambda: before === 0 ? lambda : ops.pad(lambda, [before], [size]),
  });
}

/**
 * The distance of outputs on a probe: logits, or their softmax. Normalisation uses the batch's statistics, as in
 * training.
 *
 * @param probe real images, which stay on the engine until `dispose`
 */
export function outputDistance(
  engine: Engine,
  model: Model,
  of: {
    readonly probe: FloatSplit;
    readonly outputs: 'logits' | 'softmax';
    readonly normalisation: Exclude<Normalisation, 'layer'>;
  },
): Distance {
  const {probe} = of;
  const {look, compare} = compileOutputs(engine, model, {...of, count: probe.count});
  const {height, width, channels} = model.input;
  let held: Tensor | undefined;
  return {
    measure(theta, {start, target}) {
      held ??= engine.upload(floatsOf(probe.images), [probe.count, height, width, channels]);
      const images = held;
      const [from, goal] = [start, target].map((numbers) => {
        const at = engine.upload(numbers, [numbers.length]);
        const {z} = look.run({theta: at, images});
        at.dispose();
        return z;
      }) as [Tensor, Tensor];
      const measured = compare.run({theta, images, from, goal});
      for (const tensor of [from, goal]) tensor.dispose();
      return measured;
    },
    dispose() {
      held?.dispose();
      held = undefined;
    },
  };
}

interface OutputPrograms {
  /** z(θ; x) [count, classes] */
  readonly look: Executable<'z', 'theta' | 'images'>;
  /** `from` and `goal`: z at the start and at the target. */
  readonly compare: Executable<'loss' | 'lambda', 'theta' | 'images' | 'from' | 'goal'>;
}

function compileOutputs(
  engine: Engine,
  model: Model,
  {
    count,
    outputs,
    normalisation,
  }: {
    readonly count: number;
    readonly outputs: 'logits' | 'softmax';
    readonly normalisation: Normalisation;
  },
): OutputPrograms {
  const graph = new Graph();
  const {height, width, channels} = model.input;
  const theta = graph.input('theta', [model.parameterCount]);
  const images = graph.input('images', [count, height, width, channels]);
  const params = splitParams(model, theta);
  const {logits} = model.apply(params, images);
  const z: Value = outputs === 'logits' ? logits : ops.softmax(logits);
  const goal = graph.input('goal', z.shape);
  const squares = (from: Value): Value => {
    const away = ops.subtract(from, goal);
    return ops.dot(away, away);
  };
  const whole = normalisation === 'none' ? 1 : squares(graph.input('from', z.shape));
  const distance = squares(z);
  const byTheta = joinParams(gradient(distance, params));
  return {
    look: engine.compile(program({z})),
    compare: engine.compile(
      program({loss: ops.divide(distance, whole), lambda: ops.divide(byTheta, whole)}),
    ),
  };
}
