import {StageError} from '../../src/contract/stage.ts';
import type {Dataset} from '../../src/learning/data/dataset.ts';
import type {ExpertKind} from '../../src/learning/data/trajectory.ts';
import {createModel, smallestImage} from '../../src/learning/models/catalog.ts';
import {ImageTooSmall} from '../../src/learning/models/layer.ts';
import type {Model} from '../../src/learning/models/model.ts';
import {missingStatistics} from './buffer-faults.ts';

/** The network of a name, for a data set's images and classes. Throws a `StageError` that says what does not fit. */
export function fitNetwork(
  name: string,
  {shape, classes, name: dataset}: Pick<Dataset, 'shape' | 'classes' | 'name'>,
): Model {
  const purpose = {channels: shape.channels, classes: classes.length};
  try {
    return createModel(name, {input: shape, classes: purpose.classes});
  } catch (error) {
    if (!(error instanceof ImageTooSmall)) throw error;
    const smallest = smallestImage(name, purpose);
    throw new StageError(
      `${name} is too deep for the ${shape.height}×${shape.width} images of ${dataset}: ${error.message}. It takes images of ${smallest}×${smallest} and larger.`,
    );
  }
}

/**
 * The network of experts that classify images. Throws a `StageError` also if buffers lack what it needs for that.
 */
export function classifyingNetwork(
  kind: ExpertKind,
  dataset: Pick<Dataset, 'shape' | 'classes' | 'name'>,
): Model {
  const model = expertNetwork(kind, dataset);
  if (model.statistics.length === 0) return model;
  throw new StageError(missingStatistics('buffers', kind.model));
}

/** Throws a `StageError` unless experts were trained on the images of a data set. */
export function assertExpertsOf(
  {source, transformDigest, name}: Pick<Dataset, 'source' | 'transformDigest' | 'name'>,
  kind: ExpertKind,
): void {
  if (kind.source === source && kind.transformDigest === transformDigest) return;
  throw new StageError(
    `The experts in buffers were trained on other images than those of dataset (${name}): both must come from the same zca stage.`,
  );
}

/** The network of experts. Throws a `StageError` if their parameters differ from those that it has here. */
export function expertNetwork(
  {model: name, layout}: ExpertKind,
  dataset: Pick<Dataset, 'shape' | 'classes' | 'name'>,
): Model {
  const model = fitNetwork(name, dataset);
  const text = (params: ExpertKind['layout']): string =>
    JSON.stringify(params.map(({name, shape}) => [name, shape]));
  if (text(model.params) !== text(layout)) {
    throw new StageError(
      `The parameters of the experts in buffers are not those of ${name} for ${dataset.name}.`,
    );
  }
  return model;
}
