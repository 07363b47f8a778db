import type {Backlog} from './backlog.ts';
import type {Commands} from './commands.ts';
import type {Faults} from './faults.ts';
import {CapacityError} from '../gpu/errors.ts';
import {formatBytes} from '../gpu/format-bytes.ts';
import {usage, type WebGpuMemory} from './webgpu-memory.ts';

/** Buffers of at most this size are kept for the next read. */
const keptBytes = 4 * 2 ** 20;

/** Reads memories through a buffer that the host can see. */
export class Readback {
  readonly #backlog: Backlog;
  readonly #commands: Commands;
  readonly #faults: Faults;
  #idle: WebGpuMemory | undefined;

  constructor(backlog: Backlog, commands: Commands, faults: Faults) {
    this.#backlog = backlog;
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
    const staging = this.#take(bytes);
    this.#backlog.do([...parts.map(({memory}) => memory), staging], () => {
      for (const {memory, start, end} of places) {
        this.#commands.copy(memory.buffer, staging.buffer, start, end - start);
      }
      this.#commands.submit();
    });
    await this.#backlog.settle();
    const {buffer} = staging;
    try {
      await buffer.mapAsync(usage.mapRead, 0, bytes);
    } catch (error) {
      throw await this.#faults.reason(error);
    }
    await this.#faults.check();
    const mapped = buffer.getMappedRange(0, bytes);
    const numbers = places.map(({start, end}) => new Float32Array(mapped.slice(start, end)));
    buffer.unmap();
    this.#giveBack(staging);
    return numbers;
  }

  #take(bytes: number): WebGpuMemory {
    const idle = this.#idle;
    this.#idle = undefined;
    if (idle !== undefined && idle.bytes >= bytes) return idle;
    idle?.buffer.destroy();
    return this.#backlog.allocate(
      {size: Math.max(4096, bytes), usage: usage.mapRead | usage.copyTarget},
      () => new CapacityError(`There is no memory to read ${formatBytes(bytes)} from the GPU.`),
    );
  }

  #giveBack(staging: WebGpuMemory): void {
    if (staging.bytes > keptBytes || this.#idle !== undefined) staging.buffer.destroy();
    else this.#idle = staging;
  }
}
