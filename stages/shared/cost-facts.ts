import type {JsonObject} from '../../src/base/json.ts';
import type {DecoderForm} from '../../src/base/decoder-form.ts';
import {networkSize, type NetworkSize} from '../../src/learning/models/network-size.ts';
import {workOf} from './cpu-figures.ts';
import {setCount, type ExpertFacts, type ImageFacts, type SetFacts} from './image-facts.ts';

/** Size in bytes of a file of a few numbers. */
export const smallBytes = 4000;

/** The number of official experts, where all are asked: contracts do not know how many there are. */
export const usualExperts = 100;

/** The cost of a stage that needs neither a GPU nor noticeable arithmetic. */
export const noWork = {gpuSeconds: 0, work: workOf({start: 0.3})};

/** The size of a network for images of a data set; `undefined` if either is not known. */
export function networkCost(
  name: string | undefined,
  {side, channels, classes}: ImageFacts,
): NetworkSize | undefined {
  if (name === undefined || side === undefined) return undefined;
  if (channels === undefined || classes === undefined) return undefined;
  return networkSize(name, {input: {height: side, width: side, channels}, classes});
}

/** What the parameters of an expert take, at the start and after each epoch that is kept. */
export function trajectoryBytes({
  data = {},
  model,
  epochs,
  precision,
  stored = (epochs ?? 0) + 1,
}: Partial<ExpertFacts>): number | undefined {
  const network = networkCost(model, data);
  if (network === undefined || epochs === undefined || precision === undefined) return undefined;
  return stored * network.parameters * (precision === 'F32' ? 4 : 2);
}

/** The set that a distillation with these parameters makes. */
export function askedSet(params: JsonObject, data: ImageFacts): SetFacts {
  const {decoder = 'none'} = params as {readonly decoder?: DecoderForm};
  return {data, ipc: number(params, 'ipc'), canvas: number(params, 'canvasSize'), decoder};
}

/** What the pixels of a synthetic set take; `undefined`: not known. */
export function setBytes(facts: Partial<SetFacts>): number | undefined {
  const [count, size] = [setCount(facts), imageSize(facts.data ?? {})];
  if (count === undefined || size === undefined) return undefined;
  return 4 * count * (facts.canvas ?? 1) ** 2 * size;
}

/** A set with an undone copy, its transform and pictures; `undefined`: not known. */
export function finalBytes(facts: Partial<SetFacts>): number | undefined {
  const bytes = setBytes(facts);
  return bytes === undefined ? undefined : 2 * bytes + transformBytes(facts.data!) + bytes / 4;
}

/** What the transform of a data set takes, there and back; 0: of raw pixels, or not known. */
export function transformBytes({transform, ...facts}: ImageFacts): number {
  const size = imageSize(facts);
  if (transform === undefined || transform === 'raw' || size === undefined) return 0;
  const {method} = transform as {readonly method?: string};
  return method === 'zca' ? 2 * 4 * size ** 2 : smallBytes;
}

/** All images of a data set; `undefined`: not known. */
export function allImages({images, testImages, heldOut = 0}: ImageFacts): number | undefined {
  return images === undefined || testImages === undefined
    ? undefined
    : images + testImages + heldOut;
}

/** Numbers an image; `undefined`: not known. */
export function imageSize({side, channels}: ImageFacts): number | undefined {
  return side === undefined || channels === undefined ? undefined : side ** 2 * channels;
}

/** A numeric parameter. @param otherwise the default */
export function number(params: JsonObject, name: string, otherwise = 1): number {
  const value = params[name];
  return typeof value === 'number' ? value : otherwise;
}

/** A text parameter; empty if it was left out. */
export function text(params: JsonObject, name: string): string {
  const value = params[name];
  return typeof value === 'string' ? value : '';
}
