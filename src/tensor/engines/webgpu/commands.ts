/** Commands are handed over in chunks of this many, so that the GPU begins while later ones are encoded. */
const chunkSize = 64;

/** Numbers of workgroups. */
export interface Grid {
  readonly x: number;
  readonly y: number;
}

/** The commands that a device was asked for and that are not yet handed over. */
export class Commands {
  readonly #device: GPUDevice;
  #encoder: GPUCommandEncoder | undefined;
  #pass: GPUComputePassEncoder | undefined;
  #count = 0;
  /** The number of the chunk that is being encoded. */
  chunk = 1;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  launch(pipeline: GPUComputePipeline, group: GPUBindGroup, {x, y}: Grid): void {
    this.#pass ??= this.#encode().beginComputePass();
    this.#pass.setPipeline(pipeline);
    this.#pass.setBindGroup(0, group);
    this.#pass.dispatchWorkgroups(x, y);
    if (++this.#count >= chunkSize) this.submit();
  }

  copy(from: GPUBuffer, to: GPUBuffer, offset: number, bytes: number): void {
    this.#endPass();
    this.#encode().copyBufferToBuffer(from, 0, to, offset, bytes);
  }

  /** Hands everything over. */
  submit(): void {
    if (this.#encoder === undefined) return;
    this.#endPass();
    this.#device.queue.submit([this.#encoder.finish()]);
    this.#encoder = undefined;
    this.#count = 0;
    this.chunk++;
  }

  #encode(): GPUCommandEncoder {
    this.#encoder ??= this.#device.createCommandEncoder();
    return this.#encoder;
  }

  #endPass(): void {
    this.#pass?.end();
    this.#pass = undefined;
  }
}
