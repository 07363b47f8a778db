/** Training or distillation diverged: a number is no longer finite, or a step size no longer positive. */
export class DivergedError extends Error {
  override readonly name = 'DivergedError';
}
