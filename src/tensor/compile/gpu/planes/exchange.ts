import type {Code} from '../../../kernels/code.ts';

/** The workgroup's memory in its uses one after the other: threads wait where one use would disturb another. */
export class Exchange {
  readonly #code: Code;
  #isBeingRead = false;

  constructor(code: Code) {
    this.#code = code;
  }

  /** Threads write from here on: those that still read are waited for. */
  write(): void {
    if (this.#isBeingRead) this.#code.barrier();
    this.#isBeingRead = false;
  }

  /** Threads read from here on what others wrote. */
  read(): void {
    this.#code.barrier();
    this.#isBeingRead = true;
  }
}
