/**
 * Turns a program into nodes.
 *
 * Takes a prepared program; gives nodes of the same values but for rounding. Every node is needed by some output, and its
 * id is its place in the list.
 */
import {guaranteedLimits} from '../../kernels/kernel.ts';
import {pairsOf} from '../../op-traits.ts';
import type {Op, OpOf} from '../../op.ts';
import type {Program} from '../../program.ts';
import {sizeOf, type Shape} from '../../shape.ts';
import type {Value} from '../../value.ts';
import type {Steps} from '../views.ts';
import {convolve, type Given} from './convolutions.ts';
import type {Workgroup} from './narrow-derivatives.ts';
import {NodeBuilder} from './node-builder.ts';
import type {Node} from './node.ts';

export interface Nodes extends Steps<Node> {
  readonly inputs: ReadonlyMap<string, number>;
}

/**
 * @param tile side of a tile of Winograd's convolution
 * @param chunks the chunks of the images that values belong to
 */
export function nodesOf(
  program: Program,
  tile: 2 | 4,
  limits: Workgroup = guaranteedLimits,
  chunks: ReadonlyMap<Value, number> = new Map(),
): Nodes {
  const builder = new NodeBuilder();
  const made: Node[] = [];
  for (const {value, operands} of program.steps) {
    const {op, shape} = value;
    const given = operands.map((operand) => made[operand]!);
    builder.chunk = chunks.get(value);
    made.push(nodeOf(builder, op, {operands: given, shape, tile, limits}));
  }
  return needed(new Map([...program.outputs].map(([name, step]) => [name, made[step]!])));
}

function nodeOf(builder: NodeBuilder, op: Op, given: Given): Node {
  const {operands, shape} = given;
  if (op.kind === 'matmul') return matrixProduct(builder, op, operands, shape);
  if (op.kind === 'conv2d' || op.kind === 'conv2dInput' || op.kind === 'conv2dFilter') {
    return convolve(builder, op, given);
  }
  if (op.kind === 'avgPool' || op.kind === 'avgPoolTranspose') {
    const pooled = meanOfPlane(builder, op, operands[0]!, shape);
    if (pooled !== undefined) return pooled;
  }
  return builder.add(op, operands, shape);
}

/** A pool of a whole plane as a sum over its pixels, and its transpose as a repetition, which planes do by the way. */
function meanOfPlane(
  builder: NodeBuilder,
  {kind, size}: OpOf<'avgPool' | 'avgPoolTranspose'>,
  operand: Node,
  shape: Shape,
): Node | undefined {
  const plane = kind === 'avgPool' ? operand.shape : shape;
  const [n, height, width, c] = plane as [number, number, number, number];
  if (height !== size || width !== size || size === 1) return undefined;
  const share = builder.constant(1 / size ** 2, []);
  if (kind === 'avgPool') {
    const sum = builder.add({kind: 'sum', axes: [1, 2]}, [operand], [n, c]);
    const kept = builder.reshape(sum, shape);
    return builder.add({kind: 'multiply'}, [kept, share], shape);
  }
  const scaled = builder.add({kind: 'multiply'}, [operand, share], operand.shape);
  return builder.add({kind: 'broadcast', shape}, [scaled], shape);
}

function matrixProduct(
  builder: NodeBuilder,
  {transposeA, transposeB}: {readonly transposeA: boolean; readonly transposeB: boolean},
  operands: readonly Node[],
  shape: Shape,
): Node {
  const [m, n] = shape as [number, number];
  const inner = transposeA ? 0 : 1;
  const pairs = pairsOf(operands).map(
    ([left]) =>
      ({
        k: left.shape[inner]!,
        left: {kind: 'matrix', isTransposed: transposeA},
        right: {kind: 'matrix', isTransposed: transposeB},
      }) as const,
  );
  if (sizeOf(shape) === 0 || pairs.some(({k}) => k === 0)) return builder.constant(0, shape);
  return builder.add({kind: 'product', batch: 1, m, n, pairs}, operands, shape);
}

/** The nodes that outputs need, in order, with new ids. */
function needed(outputs: ReadonlyMap<string, Node>): Nodes {
  const live = new Set<Node>();
  const pending = [...outputs.values()];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (live.has(node)) continue;
    live.add(node);
    pending.push(...node.operands);
  }
  const renamed = new Map<Node, Node>();
  for (const node of [...live].sort((a, b) => a.id - b.id)) {
    const operands = node.operands.map((operand) => renamed.get(operand)!);
    renamed.set(node, {...node, id: renamed.size, operands});
  }
  const steps = [...renamed.values()].map((value) => ({
    value,
    operands: value.operands.map(({id}) => id),
  }));
  return {
    steps,
    inputs: new Map(
      steps.flatMap(({value: {op, id}}) => (op.kind === 'input' ? [[op.name, id] as const] : [])),
    ),
    outputs: new Map([...outputs].map(([name, node]) => [name, renamed.get(node)!.id])),
  };
}
