/**
 * Convolutions and their derivatives as maps and products. Filters of 3×3 at stride 1 with enough channels use Winograd's
 * method: a tile of images and a filter become points, and a convolution becomes a product of matrices at each point.
 * Each derivative is the transpose of the same maps, so that the points of an operand serve all three. Derivatives of
 * convolutions of images with few channels are sums within planes. All other convolutions are products with patches.
 */
import {pairsOf} from '../../op-traits.ts';
import type {OpOf} from '../../op.ts';
import {sizeOf, type Shape} from '../../shape.ts';
import type {NodeBuilder} from './node-builder.ts';
import type {Convolution, Extents, Node, PointsOp, ProductOp} from './node.ts';
import {derivativeInPlanes, type Workgroup} from './narrow-derivatives.ts';

export type ConvolutionOp = OpOf<'conv2d' | 'conv2dInput' | 'conv2dFilter'>;

export interface Given {
  readonly operands: readonly Node[];
  /** Of the result of the operation. */
  readonly shape: Shape;
  readonly tile: 2 | 4;
  readonly limits: Workgroup;
}

export function convolve(builder: NodeBuilder, op: ConvolutionOp, given: Given): Node {
  const {operands, shape} = given;
  const isEmpty = sizeOf(shape) === 0 || operands.some((operand) => sizeOf(operand.shape) === 0);
  if (isEmpty) return builder.constant(0, shape);
  const [convolution, filter] = convolutionOf(op, given);
  const [, , c, o] = filter as [number, number, number, number];
  return fitsWinograd(convolution, c, o)
    ? new Winograd(builder, convolution, given).convolve(op.kind, c, o)
    : (derivativeInPlanes(builder, op.kind, given, convolution) ??
        withPatches(builder, op.kind, {...given, convolution, c, o}));
}

/** The extents of an operation's convolution, and the shape of its filter. */
function convolutionOf(op: ConvolutionOp, {operands, shape}: Given): readonly [Convolution, Shape] {
  const [x, y] = operands as [Node, Node];
  const [images, filter, result] =
    op.kind === 'conv2d'
      ? [x.shape, y.shape, shape]
      : op.kind === 'conv2dInput'
        ? [shape, y.shape, x.shape]
        : [x.shape, shape, y.shape];
  const extents = {images: images as Extents, result: result as Extents};
  return [{window: op.window, side: filter[0]!, ...extents}, filter];
}

/** Fewer channels than 8 would not be worth the maps. */
function fitsWinograd({window: {stride, pad}, side}: Convolution, c: number, o: number): boolean {
  const fits = (channels: number): boolean => channels >= 8 && channels % 4 === 0;
  return side === 3 && stride === 1 && pad <= 2 && fits(c) && fits(o);
}

/** Winograd's method for one convolution. */
class Winograd {
  readonly #builder: NodeBuilder;
  readonly #given: Given;
  readonly #map: Omit<PointsOp, 'kind'>;
  readonly #points: number;
  readonly #tiles: number;

  constructor(builder: NodeBuilder, {window, images, result}: Convolution, given: Given) {
    const {tile} = given;
    const [n, h, w] = result;
    const [down, across] = [Math.ceil(h / tile), Math.ceil(w / tile)];
    this.#builder = builder;
    this.#given = given;
    this.#map = {tile, pad: window.pad, images, result, down, across};
    this.#points = (tile + 2) ** 2;
    this.#tiles = n * down * across;
  }

  convolve(kind: ConvolutionOp['kind'], c: number, o: number): Node {
    const [tiles, {operands}] = [this.#tiles, this.#given];
    const images = (node: Node) => this.#mapped('transformInput', node, [tiles, c]);
    const filter = (node: Node) => this.#mapped('transformFilter', node, [c, o]);
    const cotangent = (node: Node) => this.#mapped('transformOutputTranspose', node, [tiles, o]);
    const pairs = pairsOf(operands);
    switch (kind) {
      case 'conv2d': {
        const factors = pairs.map(([x, w]) => [images(x), filter(w)] as const);
        return this.#back('transformOutput', this.#product([tiles, c, o], factors));
      }
      case 'conv2dInput': {
        const factors = pairs.map(([z, w]) => [cotangent(z), filter(w)] as const);
        const product = this.#product([tiles, o, c], factors, {right: true});
        return this.#back('transformInputTranspose', product);
      }
      case 'conv2dFilter': {
        const factors = pairs.map(([x, z]) => [images(x), cotangent(z)] as const);
        const product = this.#product([c, tiles, o], factors, {left: true});
        return this.#back('transformFilterTranspose', product);
      }
    }
  }

  #mapped(kind: PointsOp['kind'], node: Node, shape: Shape): Node {
    return this.#builder.add({kind, ...this.#map}, [node], [this.#points, ...shape]);
  }

  #back(kind: PointsOp['kind'], points: Node): Node {
    return this.#builder.add({kind, ...this.#map}, [points], this.#given.shape);
  }

  /** At each point Σ left [m, k] · right [k, n], either transposed if set. */
  #product(
    [m, k, n]: readonly [number, number, number],
    factors: readonly (readonly [Node, Node])[],
    {left = false, right = false}: {readonly left?: boolean; readonly right?: boolean} = {},
  ): Node {
    const pairs = factors.map(
      () =>
        ({
          k,
          left: {kind: 'matrix', isTransposed: left},
          right: {kind: 'matrix', isTransposed: right},
        }) as const,
    );
    const op: ProductOp = {kind: 'product', batch: this.#points, m, n, pairs};
    return this.#builder.add(op, factors.flat(), [this.#points, m, n]);
  }
}

/** A convolution as one product; patches are computed while the product reads them. */
function withPatches(
  builder: NodeBuilder,
  kind: ConvolutionOp['kind'],
  {operands, shape, convolution, c, o}: Given & {convolution: Convolution; c: number; o: number},
): Node {
  const {side, images, result} = convolution;
  const [imagePixels, resultPixels] = [images, result].map(([n, h, w]) => n * h * w) as [
    number,
    number,
  ];
  const window = side * side;
  const matrix = {kind: 'matrix', isTransposed: false} as const;
  const pairs = pairsOf(operands);
  const product = (
    [m, k, n]: readonly [number, number, number],
    left: ProductOp['pairs'][number]['left'],
    factors: readonly (readonly [Node, Node])[],
  ): Node => {
    const op: ProductOp = {
      kind: 'product',
      batch: 1,
      m,
      n,
      pairs: factors.map(() => ({k, left, right: matrix})),
    };
    return builder.add(op, factors.flat(), shape);
  };
  switch (kind) {
    case 'conv2d': {
      const flat = (w: Node): Node => builder.reshape(w, [window * c, o]);
      return product(
        [resultPixels, window * c, o],
        {kind: 'patches', isTransposed: false, ...convolution},
        pairs.map(([x, w]) => [x, flat(w)] as const),
      );
    }
    case 'conv2dInput': {
      const order = [0, 1, 3, 2];
      const turned = (w: Node): Node =>
        builder.reshape(builder.add({kind: 'transpose', order}, [w], [side, side, o, c]), [
          window * o,
          c,
        ]);
      return product(
        [imagePixels, window * o, c],
        {kind: 'cotangentPatches', ...convolution},
        pairs.map(([z, w]) => [z, turned(w)] as const),
      );
    }
    case 'conv2dFilter': {
      const flat = (z: Node): Node => builder.reshape(z, [resultPixels, o]);
      return product(
        [window * c, resultPixels, o],
        {kind: 'patches', isTransposed: true, ...convolution},
        pairs.map(([x, z]) => [x, flat(z)] as const),
      );
    }
  }
}
