/** An engine that runs the GPU compiler's programs on any `Device`. */
import type {Engine, EngineMemory, Executable, Tensor} from '../../engine.ts';
import type {GpuProgram, Limits} from '../../kernels/kernel.ts';
import type {Program} from '../../program.ts';
import {sizeOf, type Shape} from '../../shape.ts';
import {checkUpload} from '../check-tensors.ts';
import {Arenas, arenaBytes} from './arenas.ts';
import type {Device} from './device.ts';
import {GpuExecutable} from './gpu-executable.ts';
import {GpuTensor} from './gpu-tensor.ts';
import {JoinedReads} from './joined-reads.ts';
import {Pool} from './pool.ts';

/** The compiler for GPUs. */
export type CompileForGpu = (
  program: Program,
  options: {readonly limits: Limits; readonly tile: 2 | 4},
) => GpuProgram;

export interface GpuEngineOptions {
  readonly name: string;
  /** Size of a tile of Winograd's convolution. */
  readonly tile: 2 | 4;
  readonly compile: CompileForGpu;
}

/** Uploads of at most this size get another memory where the free ones are still waited for. */
const smallUploadBytes = 65_536;

export class GpuEngine<Memory extends object, Pipeline extends object> implements Engine {
  readonly name: string;
  readonly runsAhead = true;
  readonly description: string;
  readonly device: Device<Memory, Pipeline>;
  readonly #compile: (program: Program) => GpuProgram;
  readonly #pool: Pool<Memory>;
  readonly #arenas: Arenas<Memory>;
  readonly #reads: JoinedReads<Memory>;
  readonly #held = {tensors: 0, bytes: 0, peakBytes: 0};

  constructor(device: Device<Memory, Pipeline>, {name, tile, compile}: GpuEngineOptions) {
    this.name = name;
    this.description = `${device.description}, Winograd F(${tile}, 3)`;
    this.device = device;
    this.#compile = (program) => compile(program, {limits: device.limits, tile});
    this.#pool = new Pool(device);
    this.#arenas = new Arenas(device);
    this.#reads = new JoinedReads(device);
  }

  compile<Outputs extends string, Inputs extends string>(
    program: Program<Outputs, Inputs>,
  ): Executable<Outputs, Inputs> {
    return new GpuExecutable(this, program, this.#compile(program));
  }

  upload(data: Float32Array, shape: Shape): Tensor {
    checkUpload(data, shape);
    const {device} = this;
    // Writing to a memory that was asked about costs a hand-over of all commands; small memories are cheaper than that.
    const isSmall = data.byteLength <= smallUploadBytes;
    const tensor = this.allocate(
      shape,
      (memory) => !isSmall || device.isPending?.(memory) !== true,
    );
    if (data.length > 0) device.write(tensor.memory, data);
    return tensor;
  }

  read(tensor: Tensor): Promise<Float32Array> {
    const own = this.own(tensor);
    const size = sizeOf(own.shape);
    if (size === 0) return Promise.resolve(new Float32Array(0));
    return this.#reads.read(own.memory, size, own.keep());
  }

  memory(): EngineMemory {
    return {...this.#held};
  }

  /** Room for whitened CIFAR-10, which are floats (614 MB), where a binding may be as large. */
  get roomForData(): number {
    return Math.min(this.device.limits.bindingBytes, 2 ** 30);
  }

  resetPeak(): void {
    this.#held.peakBytes = this.#held.bytes;
  }

  /** Gives everything back to the device. The engine cannot be used any more. */
  close(): void {
    this.device.close();
  }

  /** A tensor whose numbers are not yet written. */
  allocate(shape: Shape, isFit?: (memory: Memory) => boolean): GpuTensor<Memory> {
    const bytes = 4 * sizeOf(shape);
    const slot = this.#pool.take(bytes, isFit);
    this.#held.tensors++;
    this.#held.bytes += bytes;
    this.#notePeak(0);
    return new GpuTensor(this, slot.memory, shape, {
      onDispose: () => {
        this.#held.tensors--;
        this.#held.bytes -= bytes;
      },
      onFree: () => this.#pool.giveBack(slot),
    });
  }

  /** The memories of a program's arenas until another program asks for its own. */
  takeArenas(arenas: GpuProgram['arenas']): readonly Memory[] {
    const memories = this.#arenas.take(arenas);
    this.#notePeak(arenas.reduce((sum, arena) => sum + arenaBytes(arena), 0));
    return memories;
  }

  /** @throws TypeError if the tensor is another engine's, or was disposed */
  own(tensor: Tensor): GpuTensor<Memory> {
    if (!(tensor instanceof GpuTensor) || tensor.engine !== this) {
      throw new TypeError('A tensor of another engine');
    }
    if (tensor.isDisposed) throw new TypeError('A tensor that was disposed');
    return tensor as GpuTensor<Memory>;
  }

  #notePeak(more: number): void {
    this.#held.peakBytes = Math.max(this.#held.peakBytes, this.#held.bytes + more);
  }
}
