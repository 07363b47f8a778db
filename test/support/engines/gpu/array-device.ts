import type {Device} from '../../../../src/tensor/engines/gpu/device.ts';
import {CapacityError} from '../../../../src/tensor/engines/gpu/errors.ts';
import {guaranteedLimits, type Dispatch} from '../../../../src/tensor/kernels/kernel.ts';

export interface ArrayMemory {
  readonly number: number;
  numbers: Float32Array | undefined;
}

/** A launch adds one to every number of the last memory; dispatches mean nothing else here. */
export class ArrayDevice implements Device<ArrayMemory, Dispatch> {
  readonly description = 'arrays';
  readonly limits = guaranteedLimits;
  /** What it was asked for, in order. */
  readonly asked: string[] = [];
  readonly pending = new Set<ArrayMemory>();
  #count = 0;
  #bytes = 0;
  readonly #capacity: number;
  #makeRoom: () => void = () => undefined;

  constructor(capacity = Number.POSITIVE_INFINITY) {
    this.#capacity = capacity;
  }

  allocate(bytes: number): ArrayMemory {
    if (this.#bytes + bytes > this.#capacity) this.#makeRoom();
    if (this.#bytes + bytes > this.#capacity) throw new CapacityError('full');
    this.#bytes += bytes;
    return {number: this.#count++, numbers: new Float32Array(bytes / 4)};
  }

  whenFull(makeRoom: () => void): void {
    this.#makeRoom = makeRoom;
  }

  free(memory: ArrayMemory): void {
    this.asked.push(`free ${memory.number}`);
    this.#bytes -= memory.numbers!.byteLength;
    memory.numbers = undefined;
  }

  write(memory: ArrayMemory, data: Float32Array): void {
    this.asked.push(`write ${memory.number}`);
    memory.numbers!.set(data);
  }

  read(
    parts: readonly {readonly memory: ArrayMemory; readonly size: number}[],
  ): Promise<readonly Float32Array[]> {
    this.asked.push(`read ${parts.map(({memory}) => memory.number).join(' ')}`);
    return Promise.resolve(parts.map(({memory, size}) => memory.numbers!.slice(0, size)));
  }

  prepare(dispatch: Dispatch): Dispatch {
    return dispatch;
  }

  isPending(memory: ArrayMemory): boolean {
    return this.pending.has(memory);
  }

  launch(_: Dispatch, memories: readonly ArrayMemory[]): void {
    this.asked.push(`launch ${memories.map(({number}) => number).join(' ')}`);
    memories.at(-1)!.numbers!.forEach((x, i, numbers) => (numbers[i] = x + 1));
  }

  close(): void {
    this.asked.push('close');
  }
}
