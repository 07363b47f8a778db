import type {Device} from './device.ts';

/** A read that was asked for. */
interface Request<Memory> {
  readonly memory: Memory;
  readonly size: number;
  /** Called once the device knows of the read: from then on it may be asked to write the memory. */
  readonly onAsked: () => void;
  readonly resolve: (numbers: Float32Array) => void;
  readonly reject: (error: unknown) => void;
}

/** Reads of memories: all that are asked for in one turn of the event loop become one read of the device. */
export class JoinedReads<Memory extends object> {
  readonly #device: Pick<Device<Memory, object>, 'read'>;
  #requests: Request<Memory>[] = [];

  constructor(device: Pick<Device<Memory, object>, 'read'>) {
    this.#device = device;
  }

  /** Copies the first numbers of a memory out. */
  read(memory: Memory, size: number, onAsked: () => void): Promise<Float32Array> {
    return new Promise((resolve, reject) => {
      this.#requests.push({memory, size, onAsked, resolve, reject});
      if (this.#requests.length === 1) setImmediate(() => void this.#ask());
    });
  }

  async #ask(): Promise<void> {
    const requests = this.#requests;
    this.#requests = [];
    try {
      const numbers = await this.#begin(requests);
      requests.forEach(({resolve}, i) => resolve(numbers[i]!));
    } catch (error) {
      for (const {reject} of requests) reject(error);
    }
  }

  #begin(requests: readonly Request<Memory>[]): Promise<readonly Float32Array[]> {
    try {
      return this.#device.read(requests);
    } finally {
      for (const {onAsked} of requests) onAsked();
    }
  }
}
