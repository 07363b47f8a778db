import type {TimedLaunch} from '../gpu/device.ts';
import type {WebGpuPipeline} from './pipelines.ts';
import {usage, type WebGpuMemory} from './webgpu-memory.ts';

/**
 * Launches one after the other, each in a pass of its own, at whose ends the GPU notes the time.
 * @returns the milliseconds of each
 */
export async function timeLaunches(
  device: GPUDevice,
  launches: readonly TimedLaunch<WebGpuMemory, WebGpuPipeline>[],
): Promise<readonly number[]> {
  const times: number[] = [];
  for (let from = 0; from < launches.length; from += most) {
    times.push(...(await timeSome(device, launches.slice(from, from + most))));
  }
  return times;
}

/** A query set has at most 4,096 times. */
const most = 2048;
const bytesOfTime = 8;

async function timeSome(
  device: GPUDevice,
  launches: readonly TimedLaunch<WebGpuMemory, WebGpuPipeline>[],
): Promise<readonly number[]> {
  const count = 2 * launches.length;
  const size = bytesOfTime * count;
  const querySet = device.createQuerySet({type: 'timestamp', count});
  const resolved = device.createBuffer({size, usage: usage.queries | usage.copySource});
  const visible = device.createBuffer({size, usage: usage.mapRead | usage.copyTarget});
  const encoder = device.createCommandEncoder();
  launches.forEach(({pipeline: {kernel, grid}, memories}, i) => {
    const timestampWrites = {
      querySet,
      beginningOfPassWriteIndex: 2 * i,
      endOfPassWriteIndex: 2 * i + 1,
    };
    const pass = encoder.beginComputePass({timestampWrites});
    pass.setPipeline(kernel.pipeline);
    pass.setBindGroup(0, kernel.groupOf(memories));
    pass.dispatchWorkgroups(grid.x, grid.y);
    pass.end();
  });
  encoder.resolveQuerySet(querySet, 0, count, resolved, 0);
  encoder.copyBufferToBuffer(resolved, 0, visible, 0, size);
  device.queue.submit([encoder.finish()]);
  await visible.mapAsync(usage.mapRead);
  const nanoseconds = new BigUint64Array(visible.getMappedRange().slice(0));
  visible.unmap();
  for (const one of [querySet, resolved, visible]) one.destroy();
  return launches.map((_, i) => Number(nanoseconds[2 * i + 1]! - nanoseconds[2 * i]!) / 1e6);
}
