import {test, type TestContext} from 'node:test';
import {UnavailableError} from '../../../../src/tensor/engines/gpu/errors.ts';
import {GpuEngine} from '../../../../src/tensor/engines/gpu/gpu-engine.ts';
import type {Printer, WebGpuPipeline} from '../../../../src/tensor/engines/webgpu/pipelines.ts';
import {startWebGpuDevice} from '../../../../src/tensor/engines/webgpu/start-webgpu-engine.ts';
import type {WebGpuDevice} from '../../../../src/tensor/engines/webgpu/webgpu-device.ts';
import type {WebGpuMemory} from '../../../../src/tensor/engines/webgpu/webgpu-memory.ts';
import type {GpuProgram} from '../../../../src/tensor/kernels/kernel.ts';

// Mesa's software compiles twice as fast for vectors of this width.
process.env['LP_NATIVE_VECTOR_WIDTH'] ??= '128';
// Kernels run for less time than it takes to optimise them.
process.env['GALLIVM_PERF'] ??= 'nopt';
// PoCL compiles in three quarters of the time.
process.env['POCL_EXTRA_BUILD_FLAGS'] ??= '-cl-opt-disable';

/** What `start` gives, or the reason why this machine has none; under `CI` it must have one. */
export async function unlessUnavailable<Found>(
  start: () => Promise<Found>,
): Promise<Found | string> {
  try {
    return await start();
  } catch (error) {
    if (error instanceof UnavailableError && process.env['CI'] === undefined) return error.message;
    throw error;
  }
}

/** A test that gets a device of its own, in software if there is no GPU. It is skipped where there is none, but not under `CI`. */
export function webGpuTest(
  title: string,
  run: (device: WebGpuDevice, t: TestContext) => void | Promise<void>,
  printer?: Printer,
): void {
  test(title, async (t) => {
    const found = await unlessUnavailable(() =>
      startWebGpuDevice({software: true, ...(printer && {printer})}),
    );
    if (typeof found === 'string') {
      t.skip(found);
      return;
    }
    const {device} = found;
    try {
      await run(device, t);
    } finally {
      device.close();
    }
  });
}

/** An engine whose programs are all this one. */
export function engineOver(
  device: WebGpuDevice,
  compiled: GpuProgram,
): GpuEngine<WebGpuMemory, WebGpuPipeline> {
  return new GpuEngine(device, {name: 'webgpu', tile: 4, compile: () => compiled});
}
