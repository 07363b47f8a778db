import type {Commands} from './commands.ts';
import type {Faults} from './faults.ts';
import {CapacityError} from '../gpu/errors.ts';
import {formatBytes} from '../gpu/format-bytes.ts';
import {usage, type WebGpuMemory} from './webgpu-memory.ts';

/** Buffers of at most this size are kept for the next read. */
const keptBytes = 4 * 2 ** 20;

/** Reads memories through a buffer that the host can see. */
export class Readback {
  readonly #device: GPUDevice;
  readonly #commands: Commands;
  readonly #faults: Faults;
  #idle: GPUBuffer | undefined;

  constructor(device: GPUDevice, commands: Commands, faults: Faults) {
    this.#device = device;
    this.#commands = commands;
    this.#faults = faults;
  }

  /** The first numbers of each memory. The copies are asked for at once; only then does it wait. */
  async read(
    parts: readonly {readonly memory: WebGpuMemory; readonly size: number}[],
  ): Promise<readonly Float32Array[]> {
    let bytes = 0;
    const places = parts.map(({memory, size}) => {
      const start = bytes;
      bytes += 4 * size;
      return {memory, start, end: bytes};
    });
    const buffer = this.#take(bytes);
    for (const {memory, start, end} of places) {
      this.#commands.copy(memory.buffer, buffer, start, end - start);
    }
    this.#commands.submit();
    try {
      await buffer.mapAsync(usage.mapRead, 0, bytes);
    } catch (error) {
      throw await this.#faults.reason(error);
    }
    await this.#faults.check();
    const mapped = buffer.getMappedRange(0, bytes);
    const numbers = places.map(({start, end}) => new Float32Array(mapped.slice(start, end)));
    buffer.unmap();
    this.#giveBack(buffer);
    return numbers;
  }

  #take(bytes: number): GPUBuffer {
    const idle = this.#idle;
    this.#idle = undefined;
    if (idle !== undefined && idle.size >= bytes) return idle;
    idle?.destroy();
    return this.#faults.watch(
      'out-of-memory',
      () =>
        this.#device.createBuffer({
          size: Math.max(4096, bytes),
          usage: usage.mapRead | usage.copyTarget,
        }),
      () => new CapacityError(`There is no memory to read ${formatBytes(bytes)} from the GPU.`),
    );
  }

  #giveBack(buffer: GPUBuffer): void {
    if (buffer.size > keptBytes || this.#idle !== undefined) buffer.destroy();
    else this.#idle = buffer;
  }
}
