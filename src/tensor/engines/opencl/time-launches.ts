import type {ClApi, Handle} from './bindings.ts';
import {checkCl} from './cl-error.ts';

/**
 * Launches one after the other, in a queue of their own that notes the times, which makes it slower.
 * @param launch asks for a launch, whose event goes to a place
 * @returns the milliseconds of each
 */
export function timeLaunches<Launch>(
  {cl, context, device}: {readonly cl: ClApi; readonly context: Handle; readonly device: Handle},
  launches: readonly Launch[],
  launch: (launch: Launch, queue: Handle, event: [Handle | null]) => void,
): readonly number[] {
  const code: [number] = [0];
  const queue = cl.clCreateCommandQueue(context, device, notesTimes, code);
  checkCl(code[0], 'clCreateCommandQueue');
  const events = launches.map((one) => {
    const event: [Handle | null] = [null];
    launch(one, queue, event);
    return event[0];
  });
  try {
    checkCl(cl.clFinish(queue), 'clFinish');
    return events.map((event) => (event === null ? NaN : durationMs(cl, event)));
  } finally {
    for (const event of events) if (event !== null) cl.clReleaseEvent(event);
    cl.clReleaseCommandQueue(queue);
  }
}

function durationMs(cl: ClApi, event: Handle): number {
  const to = Buffer.alloc(8);
  const [begin, end] = [began, ended].map((key) => {
    checkCl(cl.clGetEventProfilingInfo(event, key, 8, to, null), 'clGetEventProfilingInfo');
    return to.readBigUInt64LE();
  });
  return Number(end! - begin!) / 1e6;
}

/** Values of OpenCL's headers. */
const notesTimes = 2n;
const began = 0x1282;
const ended = 0x1283;
