import type {JsonObject} from '../../src/base/json.ts';
import type {Facts} from '../../src/contract/cost.ts';
import {networkSize, type NetworkSize} from '../../src/learning/models/network-size.ts';

/** Size in bytes of a file of a few numbers. */
export const smallBytes = 4000;

/** The cost of a stage that needs neither a GPU nor noticeable arithmetic. */
export const noWork = {gpuSeconds: 0, multiplyAdds: 0};

/** The size of a network for images of a data set; `undefined` if either is not known. */
export function networkCost(
  name: string,
  {side, channels, classes}: Facts,
): NetworkSize | undefined {
  if (side === undefined || channels === undefined || classes === undefined) return undefined;
  return networkSize(name, {input: {height: side, width: side, channels}, classes});
}

/** The facts of a set of `ipc` images per class, added to those of its data set. */
export function setOf(facts: Facts, ipc: number, canvas = 1): Facts {
  const count = ipc * facts['classes']!;
  const {transform} = facts;
  return {...facts, count, setBytes: 4 * count * canvas * imageSize(facts), transform};
}

/** The size in bytes of a set with an untransformed copy, its transform and pictures. */
export function finalBytes({setBytes, transform = 0}: Facts): number {
  return 2 * setBytes! + transform + setBytes! / 4;
}

/** Numbers per image. */
export function imageSize({side, channels}: Facts): number {
  return side! ** 2 * channels!;
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
