/**
 * Convolutions and their derivatives as commands. Filters of 3×3 at stride 1 use the Winograd domain, where images and
 * filters are transformed once, however many products they take part in; all others use products with im2col's patches.
 */
import {fillCommand} from './copy.ts';
import {im2colConv, im2colConvFilter, im2colConvInput} from './im2col.ts';
import type {ConvolutionRule} from './trilinear.ts';
import {fitsWinograd, winogradConv, winogradConvFilter, winogradConvInput} from './winograd.ts';

/** (images, filter) → result. */
export const convolve: ConvolutionRule = either(winogradConv, im2colConv);

/** (result's cotangent z, filter) → images. */
export const convolveInput: ConvolutionRule = either(winogradConvInput, im2colConvInput);

/** (images, result's cotangent z) → filter. */
export const convolveFilter: ConvolutionRule = either(winogradConvFilter, im2colConvFilter);

/** Chooses Winograd's method or im2col; fills with zeros if there is nothing to add up (no images or no channels). */
function either(winograd: ConvolutionRule, im2col: ConvolutionRule): ConvolutionRule {
  return (conv, operands, emitter) => {
    const {pairs, to} = operands;
    if (pairs.flat().some(({size}) => size === 0)) emitter.emit(fillCommand(to, 0));
    else (fitsWinograd(conv) ? winograd : im2col)(conv, operands, emitter);
  };
}
