import {env, platform} from 'node:process';
import {compileForGpu} from '../../compile/gpu/compile.ts';
import {gridOf} from '../../print/grid.ts';
import {printWgsl} from '../../print/wgsl.ts';
import {compilingOnce} from '../gpu/compile-once.ts';
import {GpuEngine} from '../gpu/gpu-engine.ts';
import {findAdapter, nameOf, requestDevice} from './choose-adapter.ts';
import {loadDawn} from './dawn.ts';
import type {Printer, WebGpuPipeline} from './pipelines.ts';
import {prepareVulkan} from './prepare-vulkan.ts';
import {findCardName} from './select-card.ts';
import type {WantedCard} from './which-adapter.ts';
import {WebGpuDevice} from './webgpu-device.ts';
import type {WebGpuMemory} from './webgpu-memory.ts';

export interface WebGpuAdapterOptions extends WantedCard {
  /** Whether software that does what a GPU would may be used; defaults to false. */
  readonly software?: boolean;
  /** A part of the name of the GPU to use, whatever its address. */
  readonly adapter?: string;
  /** Defaults to WGSL. */
  readonly printer?: Printer;
}

export interface WebGpuOptions extends WebGpuAdapterOptions {
  /** Size of a tile of Winograd's convolution: 4, or 2 with a quarter of the rounding error. */
  readonly tile: 2 | 4;
}

const compile = compilingOnce(compileForGpu);

/**
 * Starts the engine `webgpu`, over Dawn.
 * @returns the engine, and what was found on the way to it, a line each
 * @throws UnavailableError if this machine lacks something for it
 */
export async function startWebGpuEngine({tile, ...options}: WebGpuOptions): Promise<{
  readonly engine: GpuEngine<WebGpuMemory, WebGpuPipeline>;
  readonly why: readonly string[];
}> {
  const {device, why} = await startWebGpuDevice(options);
  const name = tile === 4 ? 'webgpu' : 'webgpu-precise';
  return {engine: new GpuEngine(device, {name, tile, compile}), why};
}

/** Starts the device without an engine. */
export async function startWebGpuDevice({
  software = false,
  pciAddress,
  isOnlyGpu,
  adapter,
  printer = wgsl,
}: WebGpuAdapterOptions = {}): Promise<{
  readonly device: WebGpuDevice;
  readonly why: readonly string[];
}> {
  const hasVulkan = platform === 'linux';
  const why = hasVulkan ? prepareVulkan(env) : [];
  const name = adapter ?? (software ? softwareName : await cardName({pciAddress, isOnlyGpu}));
  const found = await findAdapter(await loadDawn(name, undefined, pciAddress), {software, name});
  const description = `${nameOf(found.info)}, WebGPU (Dawn)`;
  return {device: new WebGpuDevice(await requestDevice(found), {description, printer}), why};
}

const wgsl: Printer = {print: printWgsl, gridOf};

/** Of Mesa's lavapipe. Dawn gives a software adapter by its name where there are GPUs, too. */
const softwareName = 'llvmpipe';

async function cardName(wanted: WantedCard): Promise<string | undefined> {
  return platform === 'linux' ? await findCardName(env, wanted) : undefined;
}
