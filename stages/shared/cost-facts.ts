import type {JsonObject} from '../../src/base/json.ts';
import type {Facts} from '../../src/contract/cost.ts';
import {networkSize, type NetworkSize} from '../../src/learning/models/network-size.ts';

/** What a file of a few numbers takes. */
export const smallBytes = 4000;

/** What needs neither a GPU nor arithmetic worth counting. */
export const noWork = {gpuSeconds: 0, multiplyAdds: 0};

/** The size of a network for images of a data set; `undefined` where one of them is not known. */
export function networkCost(
  name: string,
  {side, channels, classes}: Facts,
): NetworkSize | undefined {
  if (side === undefined || channels === undefined || classes === undefined) return undefined;
  return networkSize(name, {input: {height: side, width: side, channels}, classes});
}

/** What is known of a set of `ipc` images for each class, beside what is known of its data set. */
export function setOf(facts: Facts, ipc: number, canvas = 1): Facts {
  const count = ipc * facts['classes']!;
  const {transform} = facts;
  return {...facts, count, setBytes: 4 * count * canvas * imageSize(facts), transform};
}

/** A set with an undone copy, its transform and pictures. */
export function finalBytes({setBytes, transform = 0}: Facts): number {
  return 2 * setBytes! + transform + setBytes! / 4;
}

/** Numbers an image. */
export function imageSize({side, channels}: Facts): number {
  return side! ** 2 * channels!;
}

/** A parameter that is a number. @param otherwise what a parameter that was left out stands for */
export function number(params: JsonObject, name: string, otherwise = 1): number {
  const value = params[name];
  return typeof value === 'number' ? value : otherwise;
}

/** A parameter that is a text; empty where it was left out. */
export function text(params: JsonObject, name: string): string {
  const value = params[name];
  return typeof value === 'string' ? value : '';
}
