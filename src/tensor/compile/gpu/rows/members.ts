/**
 * Members of a cluster on rows: what a classifier makes of an image, a few numbers each, and what needs nothing of other
 * images.
 *
 * A member is a matrix [n, d], or [n, 1] or [n], with n images and at most sixteen columns.
 */
import type {Shape} from '../../../shape.ts';
import {isElementwise, isView, type Node, type ProductOp} from '../node.ts';

/** Columns, since every thread has all of them in registers. */
const mostColumns = 16;
/** Rows, since a workgroup for each reads the whole other factor. */
const mostRows = 256;

/** Whether a product of matrices is one that a workgroup for each row computes: its rows are long and become short. */
export function isRowProduct({op, shape}: Node): boolean {
  if (op.kind !== 'product' || op.batch !== 1 || shape.length !== 2) return false;
  const areMatrices = op.pairs.every(
    ({left, right}) => left.kind === 'matrix' && !left.isTransposed && right.kind === 'matrix',
  );
  return areMatrices && op.n <= mostColumns && op.m <= mostRows && depthOf(op) > mostColumns;
}

function depthOf({pairs}: ProductOp): number {
  return pairs.reduce((sum, {k}) => sum + k, 0);
}

/** Whether nodes, each after its operands, can join a cluster of so many rows. */
export function areOnRows(
  nodes: readonly Node[],
  rows: number,
  members: ReadonlySet<Node>,
): boolean {
  const all = new Set([...members, ...nodes]);
  return nodes.every((node) => isOnRows(node, rows, all));
}

function isOnRows(node: Node, rows: number, members: ReadonlySet<Node>): boolean {
  const {op, shape, operands} = node;
  if (shape[0] !== rows || rows === 1 || !isRowShape(shape)) return false;
  if (isElementwise(node)) {
    return operands.every((operand) => {
      const member = rowMember(operand, members);
      return member === undefined || reaches(member.shape, operand.shape, shape);
    });
  }
  if (op.kind === 'product') {
    const isOutside = operands.every((operand) => rowMember(operand, members) === undefined);
    return isRowProduct(node) && isOutside;
  }
  const isAlongRow =
    op.kind === 'softmax' ||
    op.kind === 'logSumExp' ||
    (op.kind === 'sum' && op.axes.length === 1 && op.axes[0] === 1);
  const [operand] = operands;
  if (!isAlongRow || operand!.shape.length !== 2 || !isRowShape(operand!.shape)) return false;
  return members.has(operand!) || rowMember(operand!, members) === undefined;
}

function isRowShape(shape: Shape): boolean {
  return shape.length === 1 || (shape.length === 2 && shape[1]! <= mostColumns);
}

/** The member that an operand is a view of, if it is one. */
export function rowMember(operand: Node, members: ReadonlySet<Node>): Node | undefined {
  let node = operand;
  while (!members.has(node)) {
    if (!isView(node)) return undefined;
    node = node.operands[0]!;
  }
  return node;
}

/** Whether a member that is seen as an operand has its row's numbers where a user of this shape looks for them. */
function reaches(member: Shape, operand: Shape, user: Shape): boolean {
  const [rows] = user;
  if (operand.length !== user.length || operand[0] !== rows || member[0] !== rows) return false;
  return columnsOf(member) === columnsOf(operand) || columnsOf(member) === 1;
}

/** The numbers of a row. */
export function columnsOf(shape: Shape): number {
  return shape[1] ?? 1;
}
