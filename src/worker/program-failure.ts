import type {FailureCause} from './protocol.ts';

/** Thrown when a program does not do what a stage with `run` requires. */
export class ProgramFailure extends Error {
  override readonly name = 'ProgramFailure';
  readonly failure: FailureCause;

  constructor(failure: FailureCause) {
    super(failure.kind);
    this.failure = failure;
  }
}
