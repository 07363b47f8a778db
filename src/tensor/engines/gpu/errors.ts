/** The device is gone, with everything in its memories: a fault of the machine. Another attempt needs another engine. */
export class DeviceLostError extends Error {
  override readonly name = 'DeviceLostError';
}

/** The device has too little memory. */
export class CapacityError extends Error {
  override readonly name = 'CapacityError';
}

/** The driver refuses the text of a dispatch: a bug of ours or of the driver's. The message names the kernels. */
export class ShaderError extends Error {
  override readonly name = 'ShaderError';
}

/** The driver failed, and the device is not lost. Another attempt may succeed. */
export class DriverError extends Error {
  override readonly name = 'DriverError';
}

/** The engine cannot be started on this machine. The message tells the user what is missing, and how to get it. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError';
}
