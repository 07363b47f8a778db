import {StageError} from '../src/contract/stage.ts';
import type {Dataset} from '../src/learning/data/dataset.ts';
import type {ExpertKind} from '../src/learning/data/trajectory.ts';
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

/** The network of experts. A `StageError` if their parameters are not those that it has here. */
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
