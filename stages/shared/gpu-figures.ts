/**
 * Durations on a GPU, in seconds: the official program, PyTorch 2.11, measured on one H100. A figure is the sum of a
 * fixed cost per call (launching kernels) and a cost that grows with the arithmetic.
 */
export const gpuFiguresSource = "the official program's figures";

export const gpuFiguresCaveat = 'other programs and cards differ';

export const figuresGpu = 'one H100';

/** The network of all measurements, ConvNetD3 at 32×32×3: layers with weights, and multiply-adds per image. */
const measuredLayers = 4;
const measuredMultiplyAdds = 50_745_344;

interface Figure {
  readonly callSeconds: number;
  readonly imageSeconds: number;
}

/** An epoch of 196 updates of 256 images took 0.71 s, at which the arithmetic is the limit. */
const expertUpdate: Figure = {callSeconds: 0, imageSeconds: 0.71 / 196 / 256};

/** 50 steps forward and back took 0.514 s with 10 images per step, 0.62 s with 100. */
const studentStep: Figure = {callSeconds: 0.01004, imageSeconds: 2.36e-5};

/** 1,001 updates took 4.0 s with 10 images, 4.6 s with 100. */
const trialUpdate: Figure = {callSeconds: 0.00393, imageSeconds: 6.7e-6};

/** An update is one forward pass plus a backward pass of twice the work. */
const forward: Figure = {callSeconds: 0, imageSeconds: expertUpdate.imageSeconds / 3};

export const gpuFigures = {expertUpdate, studentStep, trialUpdate, forward} as const;

/** The duration of a number of calls with a number of images each. */
export function gpuSeconds(
  {callSeconds, imageSeconds}: Figure,
  {calls, images}: {readonly calls: number; readonly images: number},
  network: {readonly layers: number; readonly multiplyAdds: number},
): number {
  const perCall = callSeconds * (network.layers / measuredLayers);
  return calls * (perCall + imageSeconds * images * (network.multiplyAdds / measuredMultiplyAdds));
}
