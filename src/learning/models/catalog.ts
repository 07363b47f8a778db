import type {ImageShape} from '../data/dataset.ts';
import {convNets} from './conv-net.ts';
import type {Layer} from './layer.ts';
import {fitModel, type Model} from './model.ts';
import {resNets} from './res-net.ts';
import {smallNets} from './small-nets.ts';
import {vggs} from './vgg.ts';

/** Networks by their official names. A new architecture is a file of its own and a line here. */
const architectures: Readonly<
  Record<string, (shape: {channels: number; classes: number}) => Layer>
> = {...convNets, ...smallNets, ...vggs, ...resNets};

/** Every name that `createModel` knows. */
export const modelNames: readonly string[] = Object.keys(architectures);

/**
 * A network for images of this size and this many classes.
 *
 * @throws Error if there is no such name
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
