/**
 * How long things take on a GPU, in seconds: the official program, PyTorch 2.11, measured on one H100. A figure is made of
 * what a call costs however small it is (launching kernels) and what grows with the arithmetic.
 */
export const gpuFiguresSource =
  'figures of the official program on one H100; other programs and cards differ';

/** ConvNetD3 at 32×32×3, which all figures were measured with: layers with weights, multiply-adds of an image. */
const measuredLayers = 4;
const measuredMultiplyAdds = 50_745_344;

interface Figure {
  readonly callSeconds: number;
  readonly imageSeconds: number;
}

/** An epoch of 196 updates of 256 images took 0.71 s, which is as quick as arithmetic goes. */
const expertUpdate: Figure = {callSeconds: 0, imageSeconds: 0.71 / 196 / 256};

/** 50 steps there and back took 0.514 s with 10 images a step, 0.62 s with 100. */
const studentStep: Figure = {callSeconds: 0.01004, imageSeconds: 2.36e-5};

/** 1,001 updates took 4.0 s with 10 images, 4.6 s with 100. */
const trialUpdate: Figure = {callSeconds: 0.00393, imageSeconds: 6.7e-6};

/** An update is an image's way forward and twice as much on the way back. */
const forward: Figure = {callSeconds: 0, imageSeconds: expertUpdate.imageSeconds / 3};

export const gpuFigures = {expertUpdate, studentStep, trialUpdate, forward} as const;

/** How long so many calls take with so many images each. */
export function gpuSeconds(
  {callSeconds, imageSeconds}: Figure,
  {calls, images}: {readonly calls: number; readonly images: number},
  network: {readonly layers: number; readonly multiplyAdds: number},
): number {
  const perCall = callSeconds * (network.layers / measuredLayers);
  return calls * (perCall + imageSeconds * images * (network.multiplyAdds / measuredMultiplyAdds));
}
