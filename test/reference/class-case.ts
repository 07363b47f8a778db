/** The parts that `dc.json` and `dm.json` share: images of classes, and the gradient for the synthetic ones. */
import {parseStrategy} from '../../src/learning/augmentation/strategy.ts';
import type {ImageTensors} from '../../src/learning/batches/drawn-batches.ts';
import {EngineImages} from '../../src/learning/batches/engine-images.ts';
import {Picking} from '../../src/learning/batches/picking.ts';
import {noCanvas} from '../../src/learning/data/canvas.ts';
import type {BatchPair} from '../../src/learning/distillation/class-batches.ts';
import type {Model} from '../../src/learning/models/model.ts';
import {Random} from '../../src/learning/random.ts';
import type {Engine} from '../../src/tensor/engine.ts';
import type {Shape} from '../../src/tensor/shape.ts';
import {deviation, norm, type Deviation} from './deviation.ts';
import {channelsFirst, channelsLast, hashFill, type Fill} from './hash-fill.ts';
import type {NetworkCase} from './models.ts';

export interface ClassCase extends NetworkCase {
  readonly ipc: number;
  readonly realPerClass: number;
  readonly synthetic: Fill;
  readonly real: Fill;
}

export interface ImageGradient {
  readonly norm: number;
  readonly perImageNorm: readonly number[];
  readonly first: readonly number[];
}

/** The images of a case on the engine, class-major. */
export class ClassImages {
  readonly #engine: Engine;
  readonly #model: Model;
  readonly #of: ClassCase;
  readonly #synthetic: ImageTensors;
  readonly #real: ImageTensors;
  /** That of all synthetic images. */
  readonly shape: Shape;

  constructor(
    engine: Engine,
    model: Model,
    {of, classes}: {readonly of: ClassCase; readonly classes: readonly number[]},
  ) {
    const upload = (fill: Fill, perClass: number): ImageTensors => {
      const count = classes.length * perClass;
      const layout = [count, of.channels, of.size, of.size] as const;
      const length = count * of.channels * of.size ** 2;
      const images = channelsLast(hashFill(fill, length), layout);
      const labels = Int32Array.from({length: count}, (_, i) => classes[Math.floor(i / perClass)]!);
      const all = Int32Array.from(labels, (_, i) => i);
      return new EngineImages(engine, model.input).take({images, labels, count}, all);
    };
    this.#engine = engine;
    this.#model = model;
    this.#of = of;
    this.#synthetic = upload(of.synthetic, of.ipc);
    this.#real = upload(of.real, of.realPerClass);
    this.shape = this.#synthetic.images.shape;
  }

  /** The batches of classes by their places, without augmentation. */
  pair(from: number, count = 1): BatchPair {
    const {ipc, realPerClass} = this.#of;
    const batch = (of: ImageTensors, perClass: number): BatchPair['real'] => {
      const strategy = parseStrategy('none');
      const size = count * perClass;
      const picking = new Picking({model: this.#model, batch: size, canvas: noCanvas, strategy});
      const random = new Random(0); // Nothing is drawn from it.
      const indices = Int32Array.from({length: size}, (_, i) => from * perClass + i);
      return picking.upload(this.#engine, {...of, indices}, {window: random, augment: random});
    };
    const pair = {real: batch(this.#real, realPerClass), synthetic: batch(this.#synthetic, ipc)};
    return {...pair, free: () => Object.values(pair).forEach(({row}) => row.dispose())};
  }

  dispose(): void {
    for (const {images, labels} of [this.#real, this.#synthetic]) {
      images.dispose();
      labels.dispose();
    }
  }
}

/** Ten times the largest error of float32 PyTorch. */
export const tolerance = 1.3e-5;

/** @param found ∂L/∂X, channels last */
export function gradientDeviations(
  what: string,
  found: Float32Array,
  {shape, expected}: {readonly shape: Shape; readonly expected: ImageGradient},
): readonly Deviation[] {
  const [count, height, width, channels] = shape as [number, number, number, number];
  const gradient = channelsFirst(found, [count, channels, height, width]);
  const length = gradient.length / count;
  const perImage = Array.from({length: count}, (_, i) =>
    norm(gradient.subarray(i * length, (i + 1) * length)),
  );
  const scale = Math.max(...gradient.map(Math.abs));
  return [
    deviation(`norm of gradient of ${what}`, [norm(gradient)], [expected.norm], {tolerance}),
    deviation(`norms by image of ${what}`, perImage, expected.perImageNorm, {tolerance}),
    deviation(`gradient of ${what}`, gradient, expected.first, {tolerance, scale}),
  ];
}
