import type {Device} from '../../src/tensor/engines/gpu/device.ts';
import {f32, thread} from '../../src/tensor/kernels/expressions.ts';
import {Code} from '../../src/tensor/kernels/code.ts';
import type {Dispatch} from '../../src/tensor/kernels/kernel.ts';

const count = 640;
const threads = 64;

/**
 * Microseconds of a launch that does next to nothing but waits for the one before it: in a row of many, by the host's
 * clock; and by the device's own, if it has one.
 */
export async function measureLaunch(
  device: Device<object, object>,
): Promise<{readonly together: number; readonly alone: number | undefined}> {
  const pipeline = device.prepare(nothing());
  const memories = [device.allocate(4 * threads)];
  const run = async (): Promise<number> => {
    const start = performance.now();
    for (let i = 0; i < count; i++) device.launch(pipeline, memories);
    await device.read([{memory: memories[0]!, size: 1}]);
    return (1000 * (performance.now() - start)) / count;
  };
  await run();
  const together = Math.min(await run(), await run(), await run());
  const times = await device.time?.(Array.from({length: 50}, () => ({pipeline, memories})));
  for (const memory of memories) device.free(memory);
  const sorted = times?.toSorted((a, b) => a - b);
  return {together, alone: sorted && 1000 * sorted[25]!};
}

function nothing(): Dispatch {
  const code = new Code();
  code.store(0, thread, f32(0));
  return {
    labels: ['nothing'],
    threads,
    groups: 1,
    shared: 0,
    bindings: [{source: {kind: 'output', name: 'zeros'}, type: 'f32', isWritten: true}],
    body: code.statements,
  };
}
