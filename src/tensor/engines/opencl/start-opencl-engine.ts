import {compileForGpu} from '../../compile/gpu/compile.ts';
import {compilingOnce} from '../gpu/compile-once.ts';
import {GpuEngine} from '../gpu/gpu-engine.ts';
import {chooseDevice, type DeviceWish} from './choose-device.ts';
import {listDevices} from './cl-devices.ts';
import {openLibraries, type LibraryNames} from './cl-libraries.ts';
import {OpenClDevice, type ClMemory, type ClPipeline} from './opencl-device.ts';

export interface OpenClDeviceOptions extends DeviceWish {
  /** Defaults to the loader's and NVIDIA's. */
  readonly libraries?: LibraryNames;
}

export interface OpenClOptions extends OpenClDeviceOptions {
  /** Size of a tile of Winograd's convolution: 4, or 2 with a quarter of the rounding error. */
  readonly tile: 2 | 4;
}

const compile = compilingOnce(compileForGpu);

/**
 * Starts the engine `opencl`, over the driver of the GPU.
 * @returns the engine, and what was found on the way to it, a line each
 * @throws UnavailableError if this machine lacks something for it
 */
export async function startOpenClEngine({tile, ...options}: OpenClOptions): Promise<{
  readonly engine: GpuEngine<ClMemory, ClPipeline>;
  readonly why: readonly string[];
}> {
  const {device, why} = await startOpenClDevice(options);
  const name = tile === 4 ? 'opencl' : 'opencl-precise';
  return {engine: new GpuEngine(device, {name, tile, compile}), why};
}

/** Starts the device without an engine. */
export async function startOpenClDevice({
  libraries: names,
  ...wish
}: OpenClDeviceOptions = {}): Promise<{
  readonly device: OpenClDevice;
  readonly why: readonly string[];
}> {
  const {libraries, problems} = await openLibraries(names);
  const chosen = chooseDevice(listDevices(libraries), wish, problems);
  const place = chosen.pciAddress === undefined ? '' : ` at ${chosen.pciAddress}`;
  const device = new OpenClDevice(chosen);
  return {device, why: [`OpenCL: ${device.description}${place}, by ${chosen.library}`]};
}
