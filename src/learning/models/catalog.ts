import type {ImageShape} from '../data/dataset.ts';
import {convNet, convNets, type ConvNetOptions} from './conv-net.ts';
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
 * @param options for ConvNets: replaces the width and depth that the name implies
 * @throws Error if there is no such name, or if options are given for another family
 */
export function createModel(
  name: string,
  shape: {readonly input: ImageShape; readonly classes: number},
  options: Partial<Pick<ConvNetOptions, 'width' | 'depth'>> = {},
): Model {
  const {channels} = shape.input;
  const custom = Object.keys(options).length > 0;
  const architecture = custom && name === 'ConvNet' ? convNet(options) : architectures[name];
  if (architecture === undefined || (custom && name !== 'ConvNet')) {
    throw new Error(`No network is called ${name}${custom ? ' and takes a width or depth' : ''}`);
  }
  return fitModel(name, architecture({channels, classes: shape.classes}), shape);
}
