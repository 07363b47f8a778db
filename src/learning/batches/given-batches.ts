import type {Tensor} from '../../tensor/engine.ts';
import type {Model} from '../models/model.ts';
import type {BatchSource} from './batch-source.ts';

/** A batch that programs take as it is. */
export interface GivenBatch {
  /** [n, h, w, c] */
  readonly images: Tensor;
  /** [n, classes], one-hot or soft */
  readonly targets: Tensor;
}

/** The source of such batches. */
export function givenBatches({input, classes}: Model): BatchSource<GivenBatch> {
  const {height, width, channels} = input;
  return {
    shapeOf: ({images}) => String(images.shape[0]),
    build(graph, {images: {shape}}) {
      const [count] = shape;
      const images = graph.input('images', [count!, height, width, channels]);
      const targets = graph.input('targets', [count!, classes]);
      return {origin: images, picked: images, images, targets, share: 1};
    },
    inputsOf: ({images, targets}) => ({images, targets}),
    partsOf: () => [],
  };
}
