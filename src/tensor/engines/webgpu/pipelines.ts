import type {Dispatch} from '../../kernels/kernel.ts';
import {ShaderError} from '../gpu/errors.ts';
import {shorten, type Faults} from './faults.ts';
import type {Grid} from './commands.ts';
import type {WebGpuMemory} from './webgpu-memory.ts';

/** How dispatches become text: `src/tensor/print/wgsl.ts`. */
export interface Printer {
  /** @returns WGSL with an entry point `main`, whose bindings are in group 0, in the order of the dispatch's */
  print(dispatch: Dispatch): string;
  /** The two dimensions over which workgroups are spread. */
  gridOf(groups: number): Grid;
}

/** A dispatch as the device launches it. */
export interface WebGpuPipeline {
  readonly kernel: WebGpuKernel;
  readonly grid: Grid;
}

/** The most bind groups that a kernel keeps: a loop needs a few, and whatever never repeats must not pile up. */
const mostGroups = 1024;

/** A text, compiled when it is first needed. */
export class WebGpuKernel {
  readonly #device: GPUDevice;
  readonly #faults: Faults;
  readonly #text: string;
  readonly #layout: GPUBindGroupLayout;
  readonly #labels: string;
  readonly #groups = new Map<string, GPUBindGroup>();
  #pipeline: GPUComputePipeline | undefined;

  constructor(
    device: GPUDevice,
    faults: Faults,
    {
      text,
      layout,
      labels,
    }: {
      readonly text: string;
      readonly layout: GPUBindGroupLayout;
      readonly labels: readonly string[];
    },
  ) {
    this.#device = device;
    this.#faults = faults;
    this.#text = text;
    this.#layout = layout;
    this.#labels = labels.join(', ');
  }

  get pipeline(): GPUComputePipeline {
    this.#pipeline ??= this.#faults.watch(
      () => this.#device.createComputePipeline(this.#describe()),
      (message) => this.#refusal(message),
    );
    return this.#pipeline;
  }

  /** Compiles it beside others. @throws ShaderError if the text is refused */
  async build(): Promise<void> {
    if (this.#pipeline !== undefined) return;
    const description = this.#faults.watch(
      () => this.#describe(),
      (message) => this.#refusal(message),
    );
    try {
      this.#pipeline = await this.#device.createComputePipelineAsync(description);
    } catch (error) {
      this.#faults.note(this.#refusal(shorten((error as Error).message)));
      await this.#faults.check();
    }
  }

  /** The memories of a launch as the device takes them; the same memories give the same object. */
  groupOf(memories: readonly WebGpuMemory[]): GPUBindGroup {
    const key = memories.map(({id}) => id).join();
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    if (this.#groups.size >= mostGroups) this.#groups.clear();
    const entries = memories.map(({buffer}, binding) => ({binding, resource: {buffer}}));
    const group = this.#device.createBindGroup({layout: this.#layout, entries});
    this.#groups.set(key, group);
    return group;
  }

  #describe(): GPUComputePipelineDescriptor {
    const label = this.#labels;
    const layout = this.#device.createPipelineLayout({bindGroupLayouts: [this.#layout]});
    const module = this.#device.createShaderModule({label, code: this.#text});
    return {label, layout, compute: {module, entryPoint: 'main'}};
  }

  #refusal(message: string): ShaderError {
    return new ShaderError(`The GPU refuses the kernel "${this.#labels}": ${message}`);
  }
}

/** The kernels of a device: equal texts are one. */
export class WebGpuKernels {
  readonly #device: GPUDevice;
  readonly #faults: Faults;
  readonly #printer: Printer;
  readonly #kernels = new Map<string, WebGpuKernel>();
  readonly #layouts = new Map<string, GPUBindGroupLayout>();

  constructor(device: GPUDevice, faults: Faults, printer: Printer) {
    this.#device = device;
    this.#faults = faults;
    this.#printer = printer;
  }

  prepare(dispatch: Dispatch): WebGpuPipeline {
    const text = this.#printer.print(dispatch);
    let kernel = this.#kernels.get(text);
    if (kernel === undefined) {
      const {labels} = dispatch;
      const layout = this.#layoutOf(dispatch);
      kernel = new WebGpuKernel(this.#device, this.#faults, {text, layout, labels});
      this.#kernels.set(text, kernel);
    }
    return {kernel, grid: this.#printer.gridOf(dispatch.groups)};
  }

  #layoutOf({bindings}: Dispatch): GPUBindGroupLayout {
    const types = bindings.map(({isWritten}) =>
      isWritten ? ('storage' as const) : ('read-only-storage' as const),
    );
    const name = types.join();
    let layout = this.#layouts.get(name);
    if (layout === undefined) {
      const entries = types.map((type, binding) => ({
        binding,
        visibility: computeStage,
        buffer: {type},
      }));
      layout = this.#device.createBindGroupLayout({entries});
      this.#layouts.set(name, layout);
    }
    return layout;
  }
}

/** `GPUShaderStage.COMPUTE` */
const computeStage = 4;
