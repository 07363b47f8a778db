import type {Engine, Tensor} from '../../../src/tensor/engine.ts';
import type {Candidate} from '../../../src/tensor/engines/auto/choose-fastest.ts';
import {UnavailableError} from '../../../src/tensor/engines/gpu/errors.ts';

/** What a fake engine does. */
export interface FakeBehaviour {
  readonly name: string;
  /** The time of one run, by the test's clock. */
  readonly milliseconds: number;
  readonly description?: string;
  /** What every number of every output is; 1 by default. */
  readonly number?: number;
  /** Why it does not start. */
  readonly refusal?: string;
  /** The message of the error of every run. */
  readonly fault?: string;
}

/** A clock that only fake engines move, and candidates for it. */
export class FakeEngines {
  readonly starts: string[] = [];
  readonly closed: string[] = [];
  /** The tensors that exist. */
  tensors = 0;
  #now = 0;

  readonly now = (): number => this.#now;

  candidate(behaviour: FakeBehaviour): Candidate {
    const {name, refusal} = behaviour;
    return {
      name,
      start: async () => {
        this.starts.push(name);
        if (refusal !== undefined) throw new UnavailableError(refusal);
        return {engine: this.#engine(behaviour), close: () => void this.closed.push(name)};
      },
    };
  }

  #engine({name, description = name, milliseconds, number = 1, fault}: FakeBehaviour): Engine {
    const tensor = (size: number): Tensor => {
      this.tensors++;
      return {shape: [size], dispose: () => void this.tensors--};
    };
    return {
      name,
      description,
      // Its outputs are those of the only program that it is given.
      compile: () =>
        ({
          run: () => {
            if (fault !== undefined) throw new Error(fault);
            this.#now += milliseconds;
            return {loss: tensor(1), gradient: tensor(2)};
          },
        }) as never,
      upload: (data) => tensor(data.length),
      read: async ({shape}) => new Float32Array(shape[0]!).fill(number),
      memory: () => ({tensors: this.tensors, bytes: 0, peakBytes: 0}),
      resetPeak: () => undefined,
    };
  }
}
