import type {ImageShape} from '../data/dataset.ts';
import type {Purpose} from './architecture.ts';
import {architectures} from './every-architecture.ts';
import {ImageTooSmall} from './layer.ts';
import {fitModel, type Model} from './model.ts';

/** The names that `createModel` accepts. */
export const modelNames: readonly string[] = Object.keys(architectures);

/**
 * A network for images of this size and this number of classes.
 *
 * @throws ImageTooSmall if pooling would leave nothing of the images; Error if there is no such name
 */
export function createModel(
  name: string,
  shape: {readonly input: ImageShape; readonly classes: number},
): Model {
  const architecture = architectures[name];
  if (architecture === undefined) throw new Error(`No network is called ${name}`);
  const {channels} = shape.input;
  return fitModel(name, architecture({channels, classes: shape.classes}), shape);
}

/** The extent of the smallest square images that a network takes. */
export function smallestImage(name: string, {channels, classes}: Purpose): number {
  for (let extent = 1; ; extent++) {
    try {
      createModel(name, {input: {height: extent, width: extent, channels}, classes});
      return extent;
    } catch (error) {
      if (!(error instanceof ImageTooSmall)) throw error;
    }
  }
}
