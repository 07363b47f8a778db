/** The search for η_x: a first rate by the scale of the gradient, then rates that short distillations approve of or not. */
import {median} from './choices.ts';

/** A rate, and what a short distillation with it did to the loss. */
export interface RateTry {
  /** η_x */
  readonly pixelRate: number;
  /** The losses of students on the images that came out, by segment; infinite if the distillation diverged. */
  readonly losses: readonly number[];
  /** Their median. */
  readonly loss: number;
}

export function rateTry(pixelRate: number, losses: readonly number[]): RateTry {
  return {pixelRate, losses, loss: median(losses)};
}

/** Shares of the loss at the start: a loss at most `fallen` of it has fallen, one above `risen` has risen. */
const [fallen, risen] = [0.99, 1] as const;

/** Rates that are tried at most: the first one may be wrong by a factor of 2⁵. */
export const mostTries = 6;

/**
 * η_x with which the first update moves X by this share of its norm, ‖η_x ∂L/∂X‖ = share · ‖X‖, with one digit.
 *
 * @param gradientNorm ‖∂L/∂X‖
 */
export function firstRate(share: number, norm: number, gradientNorm: number): number {
  return Number(((share * norm) / gradientNorm).toPrecision(1));
}

/**
 * The rate to try next: half of one with which the loss rose, twice one with which it stayed as it was. `undefined`: the
 * search is over.
 *
 * @param before the loss at the start
 */
export function nextRate(tries: readonly RateTry[], before: number): number | undefined {
  const {pixelRate, loss} = tries.at(-1)!;
  if (hasFallen(loss, before) || tries.length >= mostTries) return undefined;
  const next = loss > risen * before ? pixelRate / 2 : 2 * pixelRate;
  return tries.some((tried) => tried.pixelRate === next) ? undefined : next;
}

/** The rate with the lowest loss, the earlier one of two. */
export function bestRate(tries: readonly RateTry[]): RateTry {
  return tries.reduce((best, next) => (next.loss < best.loss ? next : best));
}

export function hasFallen(loss: number, before: number): boolean {
  return loss <= fallen * before;
}
