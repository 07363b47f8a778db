/**
 * A stand-in for WebGPU's device, with memory of a limited size. It tells of a buffer that it has no room for some turns
 * after it was asked, and a destroyed buffer takes room until work that was handed over later is waited for. Every
 * kernel adds one to the numbers of the first memory and puts them into the last; `asked` tells what was done, in order.
 */
export class LimitedGpu {
  readonly asked: string[] = [];
  readonly features = new Set();
  readonly limits = {
    maxComputeInvocationsPerWorkgroup: 256,
    maxComputeWorkgroupSizeX: 256,
    maxComputeWorkgroupStorageSize: 16_384,
    maxStorageBuffersPerShaderStage: 8,
    maxStorageBufferBindingSize: 2 ** 27,
    maxBufferSize: 2 ** 28,
  };
  readonly lost = new Promise(() => undefined);
  readonly addEventListener = (): void => undefined;
  readonly createBindGroupLayout = (): object => ({});
  readonly createPipelineLayout = (): object => ({});
  readonly createShaderModule = (): object => ({});
  readonly createComputePipeline = (): object => ({});
  readonly queue = {
    submit: (lists: readonly (readonly (() => void)[])[]): void => {
      for (const act of lists.flat()) act();
      this.#returning += this.#destroyed;
      this.#destroyed = 0;
    },
    writeBuffer: (buffer: LimitedBuffer, _: number, data: Float32Array): void => {
      this.asked.push(`write ${buffer.number}`);
      buffer.put(data);
    },
    onSubmittedWorkDone: async (): Promise<void> => {
      await turns(3);
      this.#used -= this.#returning;
      this.#returning = 0;
    },
  };
  readonly #capacity: number;
  readonly #scopes: {error: object | null}[] = [];
  #used = 0;
  #destroyed = 0;
  #returning = 0;
  #count = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  pushErrorScope(): void {
    this.#scopes.push({error: null});
  }

  async popErrorScope(): Promise<object | null> {
    const {error} = this.#scopes.pop()!;
    await turns(3);
    return error;
  }

  createBuffer({size, usage}: GPUBufferDescriptor): LimitedBuffer {
    // Buffers that the host reads are in the host's memory.
    const bytes = (usage & 1) === 1 ? 0 : size;
    const number = this.#count++;
    const isRefused = this.#used + bytes > this.#capacity;
    this.asked.push(`${isRefused ? 'refuse' : 'grant'} ${number}`);
    if (isRefused) this.#scopes.at(-1)!.error = {message: 'VK_ERROR_OUT_OF_DEVICE_MEMORY'};
    else this.#used += bytes;
    return new LimitedBuffer(number, isRefused ? 0 : size, () => {
      this.asked.push(`destroy ${number}`);
      this.#destroyed += isRefused ? 0 : bytes;
    });
  }

  createBindGroup({entries}: {entries: readonly {resource: {buffer: LimitedBuffer}}[]}): object {
    return entries.map(({resource}) => resource.buffer);
  }

  createCommandEncoder(): object {
    const acts: (() => void)[] = [];
    let bound: readonly LimitedBuffer[] = [];
    const pass = {
      setPipeline: () => undefined,
      setBindGroup: (_: number, buffers: readonly LimitedBuffer[]) => (bound = buffers),
      dispatchWorkgroups: () => {
        const [from, to] = [bound[0]!, bound.at(-1)!];
        acts.push(() => {
          this.asked.push(`launch ${from.number} ${to.number}`);
          to.put(from.numbers.map((x) => x + 1));
        });
      },
      end: () => undefined,
    };
    return {
      beginComputePass: () => pass,
      copyBufferToBuffer: (...[from, , to, start, bytes]: Copy) =>
        acts.push(() => to.put(from.numbers.subarray(0, bytes / 4), start / 4)),
      finish: () => acts,
    };
  }
}

type Copy = [LimitedBuffer, number, LimitedBuffer, number, number];

/** One that was refused or destroyed takes no numbers. */
class LimitedBuffer {
  readonly number: number;
  readonly #onDestroy: () => void;
  numbers: Float32Array<ArrayBuffer>;
  readonly mapAsync = (): Promise<void> => turns(1);
  readonly unmap = (): void => undefined;

  constructor(number: number, size: number, onDestroy: () => void) {
    this.number = number;
    this.numbers = new Float32Array(size / 4);
    this.#onDestroy = onDestroy;
  }

  put(numbers: Float32Array, start = 0): void {
    if (this.numbers.length === 0) return;
    this.numbers.set(numbers.subarray(0, this.numbers.length - start), start);
  }

  destroy(): void {
    this.numbers = new Float32Array(0);
    this.#onDestroy();
  }

  getMappedRange(start: number, bytes: number): ArrayBuffer {
    return this.numbers.slice(start / 4, (start + bytes) / 4).buffer;
  }
}

/** Turns of the event loop. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}
