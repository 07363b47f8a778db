/** An impossible state: a bug of ours, never a mistake of the user. */
export class InternalError extends Error {
  override readonly name = 'InternalError';
}
