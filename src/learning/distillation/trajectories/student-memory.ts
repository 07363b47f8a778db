import {sizeOf} from '../../../tensor/shape.ts';
import {networkSize} from '../../models/network-size.ts';
import type {Model} from '../../models/model.ts';

/** The sizes on which the memory of a student depends, beside that of its parts. */
export interface StudentSize {
  readonly model: Model;
  /** N */
  readonly steps: number;
  /** The shape of X, which batches are made from. */
  readonly images: readonly number[];
  /** |b|: the images of a step, as the network sees them. */
  readonly seen: number;
  /** The numbers that X is decoded from. Absent: X is stored itself. */
  readonly stored?: number | undefined;
  /** The real images on which outputs are matched, all at once. Absent: parameters are matched. */
  readonly probe?: number | undefined;
}

/**
 * The most images of a part with which an iteration fits into this memory, by an estimate that is rather too high. It
 * depends on sizes only, not on engines, and so do the bytes of results. 0: it does not fit.
 *
 * @param bytes of an engine's memory, for tensors and for what a program takes while it runs
 */
export function partImagesWithin(bytes: number, of: StudentSize): number {
  if (bytes < leastBytes(of)) return 0;
  return Math.floor((bytes - fixedBytes(of)) / imageBytes(of.model));
}

/** The memory that an iteration takes with parts of one image. The images of a probe are no parts: they go together. */
export function leastBytes(of: StudentSize): number {
  return fixedBytes(of) + Math.max(1, of.probe ?? 0) * imageBytes(of.model);
}

/**
 * What one image of a part takes on the way back. Measured with the engine `wasm`: of fifteen networks of all kinds, 5.6
 * to 8.7 times the results of convolutions and linear layers, and for filters of 5×5 as many copies of the input.
 */
function imageBytes({name, input, classes}: Model): number {
  const {results} = networkSize(name, {input, classes})!;
  const {height, width, channels} = input;
  return 4 * (9 * results + 25 * height * width * channels);
}

/**
 * θ̂₀ … θ̂_N; λ, gradients, and filters in the Winograd domain, for which at most nine times the parameters were measured;
 * X, its momentum, its gradients, and what parts give of them, or what a decoder takes; the images of a probe; if X is
 * decoded, what is stored, its momentum, its average and its gradient.
 */
function fixedBytes({model, steps, images, seen, stored = 0, probe = 0}: StudentSize): number {
  const {height, width, channels} = model.input;
  const pixels = 6 * sizeOf(images) + (3 * seen + probe) * height * width * channels;
  return 4 * ((steps + 1 + 12) * model.parameterCount + pixels + 4 * stored);
}
