import {StageError} from '../src/contract/stage.ts';
import type {Dataset} from '../src/learning/data/dataset.ts';
import {createModel} from '../src/learning/models/catalog.ts';
import type {Model} from '../src/learning/models/model.ts';

/** The network of a name, for a data set's images and classes. A `StageError` says what does not fit. */
export function fitNetwork(
  name: string,
  {shape, classes, name: dataset}: Pick<Dataset, 'shape' | 'classes' | 'name'>,
): Model {
  const model = createModel(name, {input: shape, classes: classes.length});
  const empty = model.params.find((param) => param.shape.some((extent) => extent < 1));
  if (empty === undefined) return model;
  throw new StageError(
    `${name} is too deep for the ${shape.height}×${shape.width} images of ${dataset}: nothing is left at ${empty.name}.`,
  );
}
