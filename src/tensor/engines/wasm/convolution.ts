/**
 * Convolutions and their derivatives as commands. Filters of 3×3 at stride 1 go by way of Winograd's points, where what is
 * made of images and filters is made once, however many products it takes part in; all others are products with patches.
 */
import {fillCommand} from './command.ts';
import {convolvePatches, convolvePatchesFilter, convolvePatchesInput} from './patches.ts';
import {convolvePoints, convolvePointsFilter, convolvePointsInput, hasPoints} from './points.ts';
import type {Convolution, Operands, Sink} from './trilinear.ts';

/** (images, filter) → result. */
export function convolve(conv: Convolution, operands: Operands, sink: Sink): void {
  lowerWith(hasPoints(conv) ? convolvePoints : convolvePatches, conv, operands, sink);
}

/** (result's cotangent z, filter) → images. */
export function convolveInput(conv: Convolution, operands: Operands, sink: Sink): void {
  lowerWith(hasPoints(conv) ? convolvePointsInput : convolvePatchesInput, conv, operands, sink);
}

/** (images, result's cotangent z) → filter. */
export function convolveFilter(conv: Convolution, operands: Operands, sink: Sink): void {
  lowerWith(hasPoints(conv) ? convolvePointsFilter : convolvePatchesFilter, conv, operands, sink);
}

type Way = (conv: Convolution, operands: Operands, sink: Sink) => void;

/** In one way, unless there is nothing to add up: no images, or no channels. */
function lowerWith(way: Way, ...[conv, operands, sink]: Parameters<Way>): void {
  const [a, b, to] = operands;
  if (a.size === 0 || b.size === 0) sink.emit(fillCommand(to, 0));
  else way(conv, operands, sink);
}
