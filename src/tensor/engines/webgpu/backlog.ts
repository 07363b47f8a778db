import type {CapacityError} from '../gpu/errors.ts';
import type {Commands} from './commands.ts';
import type {Faults} from './faults.ts';
import type {WebGpuMemory} from './webgpu-memory.ts';

/**
 * What a device was asked for and has not begun, in order. A device that is full says so some time after it was asked for
 * a buffer, and everything that follows from that buffer is wrong. So commands wait for the answers to the requests before
 * them; where the device refuses, memories that lie idle are freed, and it is asked once more. A loop that has all of its
 * memories asks for none, and nothing waits.
 */
export class Backlog {
  readonly #device: GPUDevice;
  readonly #commands: Commands;
  readonly #faults: Faults;
  readonly #waiting: (() => void | Promise<void>)[] = [];
  #done: Promise<void> = Promise.resolve();
  #memories = 0;
  /** Frees the memories that lie idle and that nothing waits for. */
  makeRoom: () => void = () => undefined;

  constructor(device: GPUDevice, commands: Commands, faults: Faults) {
    this.#device = device;
    this.#commands = commands;
    this.#faults = faults;
  }

  /** Whether nothing waits: what is asked for now is done at once. */
  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** A memory. Its buffer is another one after the first was refused. */
  allocate(descriptor: GPUBufferDescriptor, refusal: () => CapacityError): WebGpuMemory {
    let buffer!: GPUBuffer;
    const ask = (): Promise<boolean> =>
      this.#faults.lacksMemory(() => (buffer = this.#device.createBuffer(descriptor)));
    const isRefused = ask();
    const id = this.#memories++;
    const memory: WebGpuMemory = {id, buffer, bytes: descriptor.size, chunk: 0, waiting: 0};
    this.#append([memory], async () => {
      if (!(await isRefused)) return;
      await this.#freeIdle();
      const isRefusedAgain = ask();
      memory.buffer = buffer;
      if (await isRefusedAgain) this.#faults.note(refusal());
    });
    return memory;
  }

  /** Does something with memories: now, or when everything before it has been done. */
  do(memories: readonly WebGpuMemory[], act: () => void): void {
    if (this.isEmpty) act();
    else this.#append(memories, act);
  }

  /** Waits until everything so far has been done. @throws what it threw */
  async settle(): Promise<void> {
    await this.#done;
  }

  #append(memories: readonly WebGpuMemory[], act: () => void | Promise<void>): void {
    for (const memory of memories) memory.waiting++;
    this.#waiting.push(async () => {
      await act();
      for (const memory of memories) memory.waiting--;
    });
    if (this.#waiting.length > 1) return;
    this.#done = this.#work();
    // Whoever settles learns of it, and possibly nobody does.
    this.#done.catch(() => undefined);
  }

  async #work(): Promise<void> {
    for (let next = 0; next < this.#waiting.length; next++) {
      await this.#waiting[next]!();
      // It may hold numbers on their way to the device.
      this.#waiting[next] = () => undefined;
    }
    this.#waiting.length = 0;
  }

  /** Dawn gives freed memories back when something that was handed over after them is done. */
  async #freeIdle(): Promise<void> {
    const {queue} = this.#device;
    this.#commands.submit();
    this.makeRoom();
    queue.submit([]);
    // A lost device may answer with an error; the loss is a fault of its own.
    await queue.onSubmittedWorkDone().catch(() => undefined);
  }
}
