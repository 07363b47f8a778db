/**
 * Derivatives of convolutions of images with few channels, at stride 1: sums within planes, which the kernel that has the
 * cotangent computes by the way.
 */
import type {Limits} from '../../kernels/kernel.ts';
import type {OpOf} from '../../op.ts';
import type {Shape} from '../../shape.ts';
import type {Convolution, Node} from './node.ts';
import type {NodeBuilder} from './node-builder.ts';

/** What a workgroup may have. */
export type Workgroup = Pick<Limits, 'threads' | 'sharedBytes'>;

/** The nodes of a derivative; `undefined` for other convolutions, and where planes do not fit into a workgroup. */
export function derivativeInPlanes(
  builder: NodeBuilder,
  kind: OpOf<'conv2d' | 'conv2dInput' | 'conv2dFilter'>['kind'],
  {
    operands,
    shape,
    limits,
  }: {
    readonly operands: readonly Node[];
    readonly shape: Shape;
    readonly limits: Workgroup;
  },
  convolution: Convolution,
): Node | undefined {
  if (kind === 'conv2d' || !fitsPlanes(convolution, limits)) return undefined;
  if (kind === 'conv2dFilter') return filterInPlanes(builder, operands, {shape, convolution});
  return holdsPlane(convolution, limits)
    ? imagesInPlanes(builder, operands, {shape, convolution})
    : undefined;
}

/** Kernels on planes read so many weights for each channel of the result, and keep so many pixels of a thread. */
const most = {weights: 64, pixelsOfThread: 16};

function fitsPlanes(
  {window, side, images, result}: Convolution,
  {threads, sharedBytes}: Workgroup,
): boolean {
  const [c, o] = [images[3], result[3]];
  const pixels = result[1] * result[2];
  const mostThreads = 2 ** Math.floor(Math.log2(Math.min(threads, sharedBytes / 16)));
  const isPlane = pixels > 1 && pixels <= most.pixelsOfThread * mostThreads && o % 4 === 0;
  return window.stride === 1 && side * side * c <= most.weights && isPlane;
}

/** Whether a workgroup's memory holds a plane and the filter, and a thread its pixels of the images. */
function holdsPlane({side, images, result}: Convolution, {sharedBytes}: Workgroup): boolean {
  const vectors = result[1] * result[2] + side * side * images[3];
  return images[3] <= 4 && 16 * vectors <= sharedBytes;
}

/** The derivative by a filter as a sum over images of a sum over the pixels of each. */
function filterInPlanes(
  builder: NodeBuilder,
  operands: readonly Node[],
  {shape, convolution}: {readonly shape: Shape; readonly convolution: Convolution},
): Node {
  const {window, side, images, result} = convolution;
  const op = {kind: 'filterSums', side, pad: window.pad, images, result} as const;
  const [weights, o] = [side * side * images[3], result[3]];
  const sums = builder.add(op, operands, [images[0], weights, o]);
  const all = builder.add({kind: 'sum', axes: [0]}, [sums], [weights, o]);
  return builder.reshape(all, shape);
}

/** The derivative by images as a sum over channels of the cotangent, of which four at a time are summed within planes. */
function imagesInPlanes(
  builder: NodeBuilder,
  operands: readonly Node[],
  {shape, convolution}: {readonly shape: Shape; readonly convolution: Convolution},
): Node {
  const {window, side, images, result} = convolution;
  const op = {kind: 'imageSums', side, pad: window.pad, images, result} as const;
  const weights = [side * side * images[3], result[3]];
  const factors = operands.map((node, i) => (i % 2 === 0 ? node : builder.reshape(node, weights)));
  const sums = builder.add(op, factors, [result[3] / 4, ...shape]);
  return builder.add({kind: 'sum', axes: [0]}, [sums], shape);
}
