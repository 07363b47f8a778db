import {CapacityError, DeviceLostError} from '../gpu/errors.ts';

/** The error for what an OpenCL function returned; `undefined` for success. */
export function clError(code: number, call: string): Error | undefined {
  if (code === 0) return undefined;
  const said = `${call}: ${clErrorName(code)}`;
  if (lossCodes.has(code)) return new DeviceLostError(`The OpenCL device is lost (${said}).`);
  if (capacityCodes.has(code) || (code === outOfResources && call === 'clCreateBuffer')) {
    return new CapacityError(`The OpenCL device has too little memory (${said}).`);
  }
  // Outside allocations, drivers say so of kernels that crashed or ran too long.
  if (code === outOfResources) {
    return new DeviceLostError(`The OpenCL device failed (${said}).`);
  }
  return new Error(`OpenCL refuses a command (${said}).`);
}

/** @throws the error for what an OpenCL function returned, unless that is success */
export function checkCl(code: number, call: string): void {
  const error = clError(code, call);
  if (error !== undefined) throw error;
}

/** A code with its name in OpenCL's headers. */
export function clErrorName(code: number): string {
  const name = names.get(code);
  return name === undefined ? String(code) : `${name}, ${code}`;
}

const outOfResources = -5;

/** CL_DEVICE_NOT_AVAILABLE, CL_INVALID_CONTEXT, CL_INVALID_COMMAND_QUEUE, a failed command, and NVIDIA's bad access. */
const lossCodes: ReadonlySet<number> = new Set([-2, -14, -34, -36, -9999]);
/** No memory on the device, none on the host, and a size that the device does not allow. */
const capacityCodes: ReadonlySet<number> = new Set([-4, -6, -61]);

const names: ReadonlyMap<number, string> = new Map([
  [-1, 'CL_DEVICE_NOT_FOUND'],
  [-2, 'CL_DEVICE_NOT_AVAILABLE'],
  [-3, 'CL_COMPILER_NOT_AVAILABLE'],
  [-4, 'CL_MEM_OBJECT_ALLOCATION_FAILURE'],
  [-5, 'CL_OUT_OF_RESOURCES'],
  [-6, 'CL_OUT_OF_HOST_MEMORY'],
  [-11, 'CL_BUILD_PROGRAM_FAILURE'],
  [-13, 'CL_MISALIGNED_SUB_BUFFER_OFFSET'],
  [-14, 'CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST'],
  [-30, 'CL_INVALID_VALUE'],
  [-32, 'CL_INVALID_PLATFORM'],
  [-33, 'CL_INVALID_DEVICE'],
  [-34, 'CL_INVALID_CONTEXT'],
  [-35, 'CL_INVALID_QUEUE_PROPERTIES'],
  [-36, 'CL_INVALID_COMMAND_QUEUE'],
  [-38, 'CL_INVALID_MEM_OBJECT'],
  [-43, 'CL_INVALID_BUILD_OPTIONS'],
  [-44, 'CL_INVALID_PROGRAM'],
  [-45, 'CL_INVALID_PROGRAM_EXECUTABLE'],
  [-46, 'CL_INVALID_KERNEL_NAME'],
  [-48, 'CL_INVALID_KERNEL'],
  [-49, 'CL_INVALID_ARG_INDEX'],
  [-50, 'CL_INVALID_ARG_VALUE'],
  [-51, 'CL_INVALID_ARG_SIZE'],
  [-52, 'CL_INVALID_KERNEL_ARGS'],
  [-53, 'CL_INVALID_WORK_DIMENSION'],
  [-54, 'CL_INVALID_WORK_GROUP_SIZE'],
  [-55, 'CL_INVALID_WORK_ITEM_SIZE'],
  [-57, 'CL_INVALID_EVENT_WAIT_LIST'],
  [-58, 'CL_INVALID_EVENT'],
  [-59, 'CL_INVALID_OPERATION'],
  [-61, 'CL_INVALID_BUFFER_SIZE'],
  [-63, 'CL_INVALID_GLOBAL_WORK_SIZE'],
  [-1001, 'CL_PLATFORM_NOT_FOUND_KHR'],
  [-9999, "NVIDIA's illegal access to a memory"],
]);
