/** Checks of tensors that every engine makes. */
import type {Tensor} from '../engine.ts';
import {formatShape, sameShape, sizeOf, type Shape} from '../shape.ts';

/** Throws a RangeError if the count of numbers does not match the shape. */
export function checkUpload(data: Float32Array, shape: Shape): void {
  if (data.length === sizeOf(shape)) return;
  throw new RangeError(
    `${data.length} numbers do not fill a tensor of shape ${formatShape(shape)}`,
  );
}

/** The input of that name. Throws if it is missing or has another shape. */
export function checkInput(
  inputs: Readonly<Record<string, Tensor>>,
  name: string,
  shape: Shape,
): Tensor {
  const given = inputs[name];
  if (given === undefined) throw new Error(`The program needs an input called ${name}`);
  if (!sameShape(given.shape, shape)) {
    throw new Error(
      `Input ${name} must have shape ${formatShape(shape)}, got ${formatShape(given.shape)}`,
    );
  }
  return given;
}
