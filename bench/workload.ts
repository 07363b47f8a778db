/** The student, the batch and the vectors of a configuration. */
import {oneHot} from '../src/learning/training/loss.ts';
import {createModel} from '../src/learning/models/catalog.ts';
import type {Model} from '../src/learning/models/model.ts';
import {createStudent} from '../src/learning/distillation/trajectories/student.ts';
import type {Engine, Tensor} from '../src/tensor/engine.ts';
import {sizeOf} from '../src/tensor/shape.ts';
import {classes, depth, stepSize, type Configuration} from './configurations.ts';
import {hashFill} from './hash-fill.ts';

export interface Workload {
  /** Does student steps, each with its adjoint. Resolves when they are done. */
  readonly stepsAndBacks: (count: number) => Promise<void>;
  /**
   * The cross-entropy before the first step, and the norm of the gradient with respect to the images that comes back
   * through it.
   */
  readonly firstResults: () => Promise<Readonly<Record<string, number>>>;
}

export function createWorkload(
  engine: Engine,
  configuration: Omit<Configuration, 'steps' | 'repeats'>,
): Workload {
  const {width, channels, size, batch} = configuration;
  const input = {height: size, width: size, channels};
  const model = createModel(`ConvNetD${depth}W${width}`, {input, classes});
  const student = createStudent(engine, model);
  const labels = Array.from({length: batch}, (_, i) => i % classes);
  const pixels = hashFill(1000, 1, batch * size * size * channels);
  const images = engine.upload(pixels, [batch, size, size, channels]);
  const targets = engine.upload(oneHot(labels, classes), [batch, classes]);
  const alpha = engine.upload(Float32Array.of(stepSize), []);
  const theta = engine.upload(filledTheta(model), [model.parameterCount]);
  const count = model.parameterCount;
  const lambda = engine.upload(hashFill(2000, 1e-3, count), [count]);
  return {
    async stepsAndBacks(count) {
      for (let i = 1; i <= count; i++) {
        dispose(student.step(theta, {images, targets}, alpha));
        const back = student.back(theta, {images, targets}, alpha, lambda);
        // An engine for GPUs has only been asked so far: the last result is there when everything is done.
        if (i === count) await engine.read(back.alpha);
        dispose(back);
      }
    },
    async firstResults() {
      const forward = student.step(theta, {images, targets}, alpha);
      const back = student.back(theta, {images, targets}, alpha, lambda);
      const [loss] = await engine.read(forward.loss);
      const gradient = await engine.read(back.images);
      [forward, back].forEach(dispose);
      const norm = Math.sqrt(gradient.reduce((sum, x) => sum + x * x, 0));
      return {'first loss': loss!, 'norm of the gradient by the images': norm};
    },
  };
}

/** Every parameter at its initial scale, seeded by its position. */
export function filledTheta({params, parameterCount}: Model): Float32Array {
  const theta = new Float32Array(parameterCount);
  let offset = 0;
  params.forEach(({shape, init}, i) => {
    const size = sizeOf(shape);
    if (init.kind === 'constant') theta.fill(init.value, offset, offset + size);
    else theta.set(hashFill(i, init.bound, size), offset);
    offset += size;
  });
  return theta;
}

function dispose(tensors: object): void {
  for (const tensor of Object.values<Tensor>({...tensors})) tensor.dispose();
}
