import type {JsonObject} from '../../src/base/json.ts';
import type {CostModel, Facts} from '../../src/contract/cost.ts';
import {catalog} from '../../src/learning/data/catalog.ts';
import {imagenetCounts, imagenetShape} from '../../src/learning/data/catalog/imagenet.ts';
import {imageSize, noWork, number, text} from '../shared/cost-facts.ts';

export const cost: CostModel = (params) => {
  const facts = factsOf(params);
  if (facts === undefined) return undefined;
  const images = facts['images']! + facts['testImages']!;
  return {...noWork, bytes: images * imageSize(facts), facts};
};

/** The facts of a data set that is known by name; `undefined` for the user's own pictures. */
function factsOf(params: JsonObject): Facts | undefined {
  const name = text(params, 'dataset');
  const side = number(params, 'resolution', NaN);
  if (name === 'imagenet') {
    const classes = Array.isArray(params['classes']) ? params['classes'].length : 10;
    const {train, test} = imagenetCounts;
    return {
      images: train.max * classes,
      testImages: test.max * classes,
      side: Number.isNaN(side) ? imagenetShape.width : side,
      channels: imagenetShape.channels,
      classes,
    };
  }
  const entry = catalog.get(name);
  if (entry === undefined) return undefined;
  const {shape, counts, classes} = entry;
  return {
    images: counts.train - number(params, 'heldOut', 0),
    testImages: counts.test + number(params, 'heldOut', 0),
    side: Number.isNaN(side) ? shape.width : side,
    channels: shape.channels,
    classes: typeof classes === 'number' ? classes : classes.length,
  };
}
