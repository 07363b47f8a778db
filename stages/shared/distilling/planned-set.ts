import {StageError} from '../../../src/contract/stage.ts';
import {canvasShape, type Canvas} from '../../../src/learning/data/canvas.ts';
import {imageSize, type ImageShape} from '../../../src/learning/data/dataset.ts';
import {maxIndex} from '../../../src/learning/counter.ts';
import {labelsPerClass} from '../synthetic-set.ts';
import type {FloatDataset} from '../transformed-dataset.ts';
import type {DistillingContext} from './contract-parts.ts';

/** The set that a distillation will make. */
export interface PlannedSet {
  /** Labels 0 … classes−1, each repeated `ipc` times. */
  readonly labels: Int32Array;
  readonly canvas: Canvas;
  /** The extent of its images, or of its canvases. */
  readonly extent: ImageShape;
}

/**
 * The set that a context's parameters describe. Throws a `StageError` if canvases are impossible for the data set's
 * images.
 */
export function plannedSet(context: DistillingContext, dataset: FloatDataset): PlannedSet {
  const {params} = context;
  const labels = labelsPerClass(dataset.classes.length, params.ipc);
  const canvas = {size: params.canvasSize, samples: params.canvasSamples};
  const extent = canvasShape(dataset.shape, canvas);
  if (canvas.size > 1 || canvas.samples > 1) {
    assertCanvas(context, dataset, (labels.length * imageSize(extent)) / extent.channels);
  }
  return {labels, canvas, extent};
}

function assertCanvas(
  {inputs}: DistillingContext,
  {transform, transformDigest}: FloatDataset,
  pixels: number,
): void {
  if (transform?.kind === 'zca') {
    throw new StageError(
      'Whitening is of whole images, not of windows of a canvas: canvasSize needs images that went through zca with method: standardise.',
    );
  }
  if (inputs.transform.length === 0 && transformDigest !== undefined) {
    throw new StageError(
      'Whether canvases can be used depends on how images were transformed: connect transform to the zca stage.',
    );
  }
  if (pixels >= maxIndex) {
    throw new StageError(
      `All canvases together have ${pixels} pixels; at most ${maxIndex - 1} can be told apart.`,
    );
  }
}
