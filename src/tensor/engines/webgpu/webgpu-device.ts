import type {Dispatch, Limits} from '../../kernels/kernel.ts';
import type {Device, TimedLaunch} from '../gpu/device.ts';
import {CapacityError} from '../gpu/errors.ts';
import {formatBytes} from '../gpu/format-bytes.ts';
import {Backlog} from './backlog.ts';
import {clock} from './choose-adapter.ts';
import {Commands} from './commands.ts';
import {Faults} from './faults.ts';
import {WebGpuKernels, type Printer, type WebGpuPipeline} from './pipelines.ts';
import {Readback} from './readback.ts';
import {timeLaunches} from './time-launches.ts';
import {usage, type WebGpuMemory} from './webgpu-memory.ts';

export interface WebGpuDeviceOptions {
  readonly description: string;
  readonly printer: Printer;
}

/** A GPU as WebGPU gives it. */
export class WebGpuDevice implements Device<WebGpuMemory, WebGpuPipeline> {
  readonly description: string;
  readonly limits: Limits;
  readonly #device: GPUDevice;
  readonly #faults: Faults;
  readonly #commands: Commands;
  readonly #backlog: Backlog;
  readonly #kernels: WebGpuKernels;
  readonly #readback: Readback;
  #bytes = 0;

  constructor(device: GPUDevice, {description, printer}: WebGpuDeviceOptions) {
    this.description = description;
    this.limits = limitsOf(device.limits);
    this.#device = device;
    this.#faults = new Faults(device);
    this.#commands = new Commands(device);
    this.#backlog = new Backlog(device, this.#commands, this.#faults);
    this.#kernels = new WebGpuKernels(device, this.#faults, printer);
    this.#readback = new Readback(this.#backlog, this.#commands, this.#faults);
  }

  whenFull(makeRoom: () => void): void {
    this.#backlog.makeRoom = makeRoom;
  }

  allocate(bytes: number): WebGpuMemory {
    const {bindingBytes} = this.limits;
    if (bytes > bindingBytes) {
      throw new CapacityError(
        `${formatBytes(bytes)} are needed in one piece; this GPU allows ${formatBytes(bindingBytes)}.`,
      );
    }
    const memory = this.#backlog.allocate(
      {size: bytes, usage: usage.storage | usage.copySource | usage.copyTarget},
      () =>
        new CapacityError(
          `The GPU has no room for ${formatBytes(bytes)}: ${formatBytes(this.#bytes - bytes)} of its memory are in use here.`,
        ),
    );
    this.#bytes += bytes;
    return memory;
  }

  free(memory: WebGpuMemory): void {
    const destroy = (): void => {
      if (memory.chunk === this.#commands.chunk) this.#commands.submit();
      memory.buffer.destroy();
    };
    this.#bytes -= memory.bytes;
    if (memory.waiting === 0) destroy();
    else this.#backlog.do([memory], destroy);
  }

  isPending({chunk, waiting}: WebGpuMemory): boolean {
    return waiting > 0 || chunk === this.#commands.chunk;
  }

  write(memory: WebGpuMemory, data: Float32Array): void {
    // Dawn takes no memory that threads share, and the caller may change its numbers while they wait.
    const isOwn = !(data.buffer instanceof SharedArrayBuffer) && this.#backlog.isEmpty;
    const own = isOwn ? data : Float32Array.from(data);
    this.#backlog.do([memory], () => {
      // The queue writes before it runs commands that are handed over later.
      if (memory.chunk === this.#commands.chunk) this.#commands.submit();
      this.#device.queue.writeBuffer(memory.buffer, 0, own);
    });
  }

  read(
    parts: readonly {readonly memory: WebGpuMemory; readonly size: number}[],
  ): Promise<readonly Float32Array[]> {
    return this.#readback.read(parts);
  }

  prepare(dispatch: Dispatch): WebGpuPipeline {
    return this.#kernels.prepare(dispatch);
  }

  async build(pipelines: readonly WebGpuPipeline[]): Promise<void> {
    await Promise.all([...new Set(pipelines.map(({kernel}) => kernel))].map((one) => one.build()));
  }

  launch({kernel, grid}: WebGpuPipeline, memories: readonly WebGpuMemory[]): void {
    const {pipeline} = kernel;
    this.#backlog.do(memories, () => {
      for (const memory of memories) memory.chunk = this.#commands.chunk;
      this.#commands.launch(pipeline, kernel.groupOf(memories), grid);
    });
  }

  async time(
    launches: readonly TimedLaunch<WebGpuMemory, WebGpuPipeline>[],
  ): Promise<readonly number[] | undefined> {
    if (!this.#device.features.has(clock)) return undefined;
    await this.#backlog.settle();
    this.#commands.submit();
    const times = await timeLaunches(this.#device, launches);
    await this.#faults.check();
    return times;
  }

  close(): void {
    this.#device.destroy();
  }
}

function limitsOf(limits: GPUSupportedLimits): Limits {
  return {
    threads: Math.min(limits.maxComputeInvocationsPerWorkgroup, limits.maxComputeWorkgroupSizeX),
    sharedBytes: limits.maxComputeWorkgroupStorageSize,
    bindings: limits.maxStorageBuffersPerShaderStage,
    bindingBytes: Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize),
  };
}
