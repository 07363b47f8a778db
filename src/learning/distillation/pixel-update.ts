import type {Engine, Tensor} from '../../tensor/engine.ts';
import {Graph} from '../../tensor/graph.ts';
import type {Value} from '../../tensor/value.ts';
import * as ops from '../../tensor/ops.ts';
import {program} from '../../tensor/program.ts';
import type {Shape} from '../../tensor/shape.ts';
import {sgd} from '../training/sgd.ts';

/** X and the momentum buffer of its optimiser, on the engine. */
export interface Pixels {
  readonly images: Tensor;
  readonly velocity: Tensor;
}

/** The result of one update. */
export interface PixelUpdate extends Pixels {
  /** ‖X after − X before‖, ‖X before‖ and ‖X after‖ */
  readonly moved: number;
  readonly before: number;
  readonly after: number;
}

export interface PixelUpdater {
  /** ‖tensor‖ */
  norm(gradient: Tensor): Promise<number>;
  /** v ← μv + s·g, X ← X − η_x v. The caller keeps all arguments and owns the new X and v. */
  update(pixels: Pixels, gradient: Tensor, scale: number): Promise<PixelUpdate>;
}

/** SGD with momentum, as PyTorch defines it, on pixels of a shape. */
export function createPixelUpdater(
  engine: Engine,
  shape: Shape,
  {momentum, pixelRate}: {readonly momentum: number; readonly pixelRate: number},
): PixelUpdater {
  const graph = new Graph();
  const [x, v, g] = ['images', 'velocity', 'gradient'].map((name) => graph.input(name, shape));
  const scaled = ops.multiply(g!, graph.input('scale', []));
  const of = {value: x!, velocity: v!, gradient: scaled};
  const {value: images, velocity, step} = sgd(of, {momentum, rate: pixelRate});
  const norms = ops.concat([squared(step), squared(x!), squared(images)], 0);
  const updating = engine.compile(
    program<keyof Pixels | 'norms', keyof Pixels | 'gradient' | 'scale'>({images, velocity, norms}),
  );
  const measuring = engine.compile(program<'norms', 'gradient'>({norms: squared(g!)}));
  return {
    async norm(gradient) {
      const [norm] = await takeNorms(engine, measuring.run({gradient}).norms);
      return norm!;
    },
    async update(pixels, gradient, scale) {
      const factor = engine.upload(Float32Array.of(scale), []);
      const result = updating.run({...pixels, gradient, scale: factor});
      factor.dispose();
      const [moved, before, after] = await takeNorms(engine, result.norms);
      return {
        images: result.images,
        velocity: result.velocity,
        moved: moved!,
        before: before!,
        after: after!,
      };
    },
  };
}

function squared(x: Value): Value {
  return ops.reshape(ops.dot(x, x), [1]);
}

async function takeNorms(engine: Engine, squares: Tensor): Promise<readonly number[]> {
  const numbers = await engine.read(squares);
  squares.dispose();
  return Array.from(numbers, Math.sqrt);
}
