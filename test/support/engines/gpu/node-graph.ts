/** Nodes of the GPU compiler for tests of its kernels: building them, their values in float64, and their places. */
import {
  broadcastAccess,
  type Access,
  type Places,
} from '../../../../src/tensor/compile/gpu/access.ts';
import {matrixOf} from '../../../../src/tensor/compile/gpu/kernels/winograd.ts';
import type {Extents, Node, NodeOp, PointsOp} from '../../../../src/tensor/compile/gpu/node.ts';
import type {Op} from '../../../../src/tensor/op.ts';
import type {Program} from '../../../../src/tensor/program.ts';
import {resultShape} from '../../../../src/tensor/result-shape.ts';
import {sizeOf, stridesOf, type Shape} from '../../../../src/tensor/shape.ts';
import {run64} from '../float64.ts';
import {product64} from './product64.ts';
import {sums64} from './sums64.ts';

type ImageMap = Exclude<PointsOp['kind'], 'transformFilter' | 'transformFilterTranspose'>;

/** Builds nodes, each with the next id. */
export class NodeGraph {
  readonly nodes: Node[] = [];

  input(shape: Shape): Node {
    return this.of({kind: 'input', name: `x${this.nodes.length}`, shape});
  }

  constant(value: number): Node {
    return this.of({kind: 'constant', value, shape: []});
  }

  of(op: Op, ...operands: readonly Node[]): Node {
    const shapes = operands.map(({shape}) => shape);
    return this.#add(op as NodeOp, operands, resultShape(op, shapes));
  }

  add(a: Node, b: Node): Node {
    return this.of({kind: 'add'}, a, b);
  }

  subtract(a: Node, b: Node): Node {
    return this.of({kind: 'subtract'}, a, b);
  }

  multiply(a: Node, b: Node): Node {
    return this.of({kind: 'multiply'}, a, b);
  }

  reshape(x: Node, shape: Shape): Node {
    return this.of({kind: 'reshape', shape}, x);
  }

  /** The sum over the pixels of images, as [n, 1, 1, c]. */
  pixelSum(x: Node): Node {
    const [n, , , c] = x.shape as Extents;
    return this.reshape(this.of({kind: 'sum', axes: [1, 2]}, x), [n, 1, 1, c]);
  }

  /** Images less their mean over pixels, divided by their deviation. */
  norm(x: Node): Node {
    const [, h, w] = x.shape as Extents;
    const share = this.constant(1 / (h * w));
    const centred = this.subtract(x, this.multiply(this.pixelSum(x), share));
    const variance = this.multiply(this.pixelSum(this.multiply(centred, centred)), share);
    const deviation = this.of({kind: 'sqrt'}, this.add(variance, this.constant(1e-5)));
    return this.of({kind: 'divide'}, centred, deviation);
  }

  /** @param images those that the map reads or makes */
  map(
    kind: ImageMap,
    operand: Node,
    images: Extents,
    {tile, pad}: Pick<PointsOp, 'tile' | 'pad'>,
  ): Node {
    const [n, h, w, c] = images;
    const isWindow = kind.startsWith('transformInput');
    const [hr, wr] = isWindow ? [h + 2 * pad - 2, w + 2 * pad - 2] : [h, w];
    const [down, across] = [Math.ceil(hr / tile), Math.ceil(wr / tile)];
    const other: Extents = isWindow ? [n, hr, wr, c] : [n, h + 2 - 2 * pad, w + 2 - 2 * pad, c];
    const ends = isWindow ? {images, result: other} : {images: other, result: images};
    const makesPoints = kind === 'transformInput' || kind === 'transformOutputTranspose';
    const shape = makesPoints ? [(tile + 2) ** 2, n * down * across, c] : images;
    return this.#add({kind, tile, pad, down, across, ...ends}, [operand], shape);
  }

  /** The shape of the points of such a map. */
  static points(kind: ImageMap, images: Extents, size: Pick<PointsOp, 'tile' | 'pad'>): Shape {
    const graph = new NodeGraph();
    const isWindow = kind.startsWith('transformInput');
    const made = isWindow ? 'transformInput' : 'transformOutputTranspose';
    return graph.map(made, graph.input(images), images, size).shape;
  }

  #add(op: NodeOp, operands: readonly Node[], shape: Shape): Node {
    const node = {id: this.nodes.length, op, operands, shape};
    this.nodes.push(node);
    return node;
  }
}

/** The numbers of all nodes, by id. */
export function values64(
  nodes: readonly Node[],
  inputs: (node: Node) => Float64Array,
): ReadonlyMap<number, Float64Array> {
  const values = new Map<number, Float64Array>();
  for (const node of nodes) {
    const given = node.operands.map(({id}) => values.get(id)!);
    const {op} = node;
    values.set(
      node.id,
      op.kind === 'input'
        ? inputs(node)
        : op.kind === 'product'
          ? product64(
              op,
              given.map((data, i) => ({data, shape: node.operands[i]!.shape})),
            )
          : op.kind === 'filterSums' || op.kind === 'imageSums'
            ? sums64(op, given, sizeOf(node.shape))
            : isMap(op)
              ? op.kind.startsWith('transformFilter')
                ? filterMapped64(node, op, given[0]!)
                : mapped64(node, op, given[0]!)
              : computed64(node, op, given),
    );
  }
  return values;
}

function isMap(op: NodeOp): op is PointsOp {
  return op.kind.startsWith('transform');
}

/** One operation, as a program of its own. */
function computed64({shape, operands}: Node, op: Op, given: readonly Float64Array[]): Float64Array {
  const inputs = operands.map((operand, i) => ({
    value: {op: {kind: 'input', name: `${i}`, shape: operand.shape}, shape: operand.shape},
    operands: [],
    lastUses: [],
  }));
  const step = {value: {op, shape}, operands: operands.map((_, i) => i), lastUses: []};
  const steps = [...inputs, step] as unknown as Program['steps'];
  const program = {steps, inputs: new Map(), outputs: new Map([['y', operands.length]])};
  return run64(program, Object.fromEntries(given.map((data, i) => [`${i}`, data])))['y']!;
}

/** A map of filters: [side, side, c, o] through the matrix along the first two axes. */
function filterMapped64({shape}: Node, op: PointsOp, from: Float64Array): Float64Array {
  const matrix = matrixOf(op);
  const [to, side] = [matrix.length, matrix[0]!.length];
  const result = new Float64Array(sizeOf(shape));
  const inner = result.length / to ** 2;
  for (let place = 0; place < result.length; place++) {
    const [row, column, at] = [
      Math.floor(place / inner / to),
      Math.floor(place / inner) % to,
      place % inner,
    ];
    for (let i = 0; i < side; i++)
      for (let j = 0; j < side; j++)
        result[place]! +=
          matrix[row]![i]! * matrix[column]![j]! * from[(i * side + j) * inner + at]!;
  }
  return result;
}

/** A map, from its definition: what every tile has, through the matrix, added to where it belongs. */
function mapped64({shape}: Node, op: PointsOp, from: Float64Array): Float64Array {
  const isWindow = op.kind.startsWith('transformInput');
  const makesPoints = op.kind === 'transformInput' || op.kind === 'transformOutputTranspose';
  const matrix = matrixOf(op);
  const [n, h, w, c] = isWindow ? op.images : op.result;
  const {tile, down, across} = op;
  const pad = isWindow ? op.pad : 0;
  const result = new Float64Array(sizeOf(shape));
  const [pixelSide, pointSide] = [isWindow ? tile + 2 : tile, tile + 2];
  for (let image = 0; image < n; image++)
    for (let ty = 0; ty < down; ty++)
      for (let tx = 0; tx < across; tx++)
        for (let channel = 0; channel < c; channel++) {
          const pixel = (i: number, j: number): number | undefined => {
            const [y, x] = [ty * tile + i - pad, tx * tile + j - pad];
            const isInside = y >= 0 && y < h && x >= 0 && x < w;
            return isInside ? ((image * h + y) * w + x) * c + channel : undefined;
          };
          const number = (image * down + ty) * across + tx;
          const point = (i: number, j: number): number =>
            ((i * pointSide + j) * n * down * across + number) * c + channel;
          const [source, target] = makesPoints ? [pixel, point] : [point, pixel];
          const [sourceSide, targetSide] = makesPoints
            ? [pixelSide, pointSide]
            : [pointSide, pixelSide];
          for (let a = 0; a < targetSide; a++)
            for (let b = 0; b < targetSide; b++) {
              const to = target(a, b);
              if (to === undefined) continue;
              for (let i = 0; i < sourceSide; i++)
                for (let j = 0; j < sourceSide; j++) {
                  const at = source(i, j);
                  if (at !== undefined) result[to]! += matrix[a]![i]! * matrix[b]![j]! * from[at]!;
                }
            }
        }
  return result;
}

/** Every node row by row in the memory of its id; views and constants lie in none of their own. */
export const plainPlaces: Places = {
  read: (node) => {
    let memory = node as Node;
    if (memory.op.kind === 'broadcast')
      return broadcastAccess(plainPlaces.read(memory.operands[0]!), memory.shape);
    if (memory.op.kind === 'constant') return {...plain(memory), constant: memory.op.value};
    while (memory.op.kind === 'reshape') memory = memory.operands[0]!;
    return {...plain(node as Node), memory: memory.id};
  },
  write: (node) => plain(node as Node),
};

function plain({id, shape}: Node): Access {
  const isVector = (shape.at(-1) ?? 1) % 4 === 0;
  return {memory: id, shape, offset: 0, strides: stridesOf(shape), isVector};
}
