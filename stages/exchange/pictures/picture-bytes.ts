import {encode} from 'fast-png';
import type {ImageShape} from '../../../src/learning/data/dataset.ts';

/** The bytes of pixels 0 … 1: clipped, and rounded. */
export function clippedBytes(pixels: Float32Array): Uint8Array {
  return Uint8Array.from(pixels, (value) => Math.round(255 * Math.min(1, Math.max(0, value))));
}

/** The number of values that are clipped. */
export function clippedCount(pixels: Float32Array): number {
  return pixels.reduce((count, value) => count + (value < 0 || value > 1 ? 1 : 0), 0);
}

/** A PNG of one picture, grey or RGB. */
export function pngOf(data: Uint8Array, {height, width, channels}: ImageShape): Uint8Array {
  return encode({width, height, channels, data, depth: 8});
}
