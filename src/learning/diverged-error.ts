/** A number stopped being finite, or a step size positive: going on would only produce garbage. */
export class DivergedError extends Error {
  override readonly name = 'DivergedError';
}
