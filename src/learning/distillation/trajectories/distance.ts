/**
 * The distance of a student from the expert's target, relative to the expert's displacement: 1 if the student has not
 * moved, 0 if it has arrived.
 *
 * parameters:  L = ‖θ̂_N − θ*_target‖² / ‖θ*_start − θ*_target‖²   (Cazenavette et al. 2022)
 * outputs:     L = Σ‖z(θ̂_N; x) − z(θ*_target; x)‖² / Σ‖z(θ*_start; x) − z(θ*_target; x)‖², over images x of a probe
 */
import {floatsOf} from '../../data/standardised-bytes.ts';
import type {Engine, Tensor} from '../../../tensor/engine.ts';
import {gradient} from '../../../tensor/gradient.ts';
import {Graph} from '../../../tensor/graph.ts';
import type {Value} from '../../../tensor/value.ts';
import * as ops from '../../../tensor/ops.ts';
import {program} from '../../../tensor/program.ts';
import {sizeOf} from '../../../tensor/shape.ts';
import type {FloatSplit} from '../../data/float-split.ts';
import {joinParams, splitParams, type Model} from '../../models/model.ts';

/** The start and the target of an expert, θ* [D] each. */
export interface ExpertSegment {
  /** θ*_t */
  readonly start: Float32Array;
  /** θ*_{t+M} */
  readonly target: Float32Array;
}

/** θ̂_N, on the engine and on the host. The caller keeps both. */
export interface StudentEnd {
  readonly tensor: Tensor;
  readonly numbers: Float32Array;
}

/** Gives L and λ = ∂L/∂θ̂_N [D], which the caller owns. */
export type Distance = (
  reached: StudentEnd,
  ends: ExpertSegment,
) => Promise<{readonly loss: number; readonly lambda: Tensor}>;

/**
 * The normalisation of a distance: the expert's displacement over all parameters or outputs; the displacement of each
 * layer, averaged over layers; or none.
 */
export const normalisations = ['global', 'layer', 'none'] as const;
export type Normalisation = (typeof normalisations)[number];

/**
 * The distance of parameters, summed in float64.
 *
 * @param model needed only for `layer`: the network whose layers they are
 */
export function parameterDistance(engine: Engine): Distance;
export function parameterDistance(
  engine: Engine,
  model: Model,
  normalisation: Normalisation,
): Distance;
export function parameterDistance(
  engine: Engine,
  model?: Model,
  normalisation: Normalisation = 'global',
): Distance {
  return async ({numbers}, ends) => {
    const groups = normalisation === 'layer' ? layersOf(model!) : [{from: 0, to: numbers.length}];
    const {loss, lambda} = ratio(numbers, ends, {groups, divide: normalisation !== 'none'});
    return {loss, lambda: engine.upload(lambda, [lambda.length])};
  };
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

/** The mean of L over groups of parameters, except groups in which the expert did not move; and ∂L/∂θ. */
function ratio(
  theta: Float32Array,
  {start, target}: ExpertSegment,
  {groups, divide}: {readonly groups: readonly Range[]; readonly divide: boolean},
): {readonly loss: number; readonly lambda: Float32Array} {
  const measured = groups.map(({from, to}) => {
    let reached = 0;
    let whole = 0;
    for (let i = from; i < to; i++) {
      reached += (theta[i]! - target[i]!) ** 2;
      whole += (start[i]! - target[i]!) ** 2;
    }
    return {from, to, reached, whole: divide ? whole : 1};
  });
  const moved = measured.length === 1 ? measured : measured.filter(({whole}) => whole > 0);
  const lambda = new Float32Array(theta.length);
  let loss = 0;
  for (const {from, to, reached, whole} of moved) {
    loss += reached / whole / moved.length;
    for (let i = from; i < to; i++) {
      lambda[i] = (2 * (theta[i]! - target[i]!)) / (whole * moved.length);
    }
  }
  return {loss, lambda};
}

/**
 * The distance of outputs on a probe: logits, or their softmax. Normalisation uses the batch's statistics, as in
 * training.
 *
 * @param probe real images, which are uploaded each time
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
  const {probe, outputs, normalisation} = of;
  const {look, compare} = compileOutputs(engine, model, {count: probe.count, outputs});
  const {height, width, channels} = model.input;
  return async ({tensor: theta}, {start, target}) => {
    const images = engine.upload(floatsOf(probe.images), [probe.count, height, width, channels]);
    const outputsAt = (numbers: Float32Array): Tensor => {
      const at = engine.upload(numbers, [numbers.length]);
      const z = look(at, images);
      at.dispose();
      return z;
    };
    const goal = outputsAt(target);
    const whole =
      normalisation === 'none' ? 1 : await squaredDistance(engine, outputsAt(start), goal);
    const scale = engine.upload(Float32Array.of(1 / whole), []);
    const compared = compare({theta, images, goal, scale});
    const distance = compared.distance;
    const reached = (await engine.read(distance))[0]!;
    for (const tensor of [images, goal, scale, distance]) tensor.dispose();
    return {loss: reached / whole, lambda: compared.lambda};
  };
}

/** ‖a − b‖², summed in float64. Takes over a. */
async function squaredDistance(engine: Engine, a: Tensor, b: Tensor): Promise<number> {
  const [from, to] = await Promise.all([engine.read(a), engine.read(b)]);
  a.dispose();
  return from.reduce((sum, value, i) => sum + (value - to[i]!) ** 2, 0);
}

interface OutputPrograms {
  /** z(θ; x) [count, classes] */
  readonly look: (theta: Tensor, images: Tensor) => Tensor;
  /** `distance`: ‖z − goal‖² []; `lambda`: its derivative in θ, times `scale` [D]. */
  readonly compare: (
    inputs: Readonly<Record<'theta' | 'images' | 'goal' | 'scale', Tensor>>,
  ) => Readonly<Record<'distance' | 'lambda', Tensor>>;
}

function compileOutputs(
  engine: Engine,
  model: Model,
  {count, outputs}: {readonly count: number; readonly outputs: 'logits' | 'softmax'},
): OutputPrograms {
  const graph = new Graph();
  const {height, width, channels} = model.input;
  const theta = graph.input('theta', [model.parameterCount]);
  const images = graph.input('images', [count, height, width, channels]);
  const params = splitParams(model, theta);
  const {logits} = model.apply(params, images);
  const z: Value = outputs === 'logits' ? logits : ops.softmax(logits);
  const away = ops.subtract(z, graph.input('goal', z.shape));
  const distance = ops.dot(away, away);
  const byTheta = joinParams(gradient(distance, params));
  const look = engine.compile(program<'z', 'theta' | 'images'>({z}));
  const compare = engine.compile(
    program({distance, lambda: ops.multiply(byTheta, graph.input('scale', []))}),
  );
  return {
    look: (at, x) => look.run({theta: at, images: x}).z,
    compare: (inputs) => compare.run(inputs),
  };
}
