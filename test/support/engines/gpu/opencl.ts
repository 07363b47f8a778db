import {chooseDevice} from '../../../../src/tensor/engines/opencl/choose-device.ts';
import {listDevices, type ClDevice} from '../../../../src/tensor/engines/opencl/cl-devices.ts';
import {
  openLibraries,
  type LibraryNames,
} from '../../../../src/tensor/engines/opencl/cl-libraries.ts';

/** An OpenCL driver that computes on the CPU, or the reason why tests that need it are skipped. */
export async function softwareDevice(
  names?: LibraryNames,
): Promise<{readonly found: ClDevice; readonly skip: false} | {readonly skip: string}> {
  try {
    const {libraries} = await openLibraries(names);
    return {found: chooseDevice(listDevices(libraries), {software: true}), skip: false};
  } catch (error) {
    if (process.env['CI'] !== undefined) throw error;
    return {skip: error instanceof Error ? error.message : String(error)};
  }
}
