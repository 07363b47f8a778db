import {add, f32, select, splat} from '../../../kernels/expressions.ts';
import type {Expression} from '../../../kernels/ir.ts';
import {elementwise, isElementwise} from '../kernels/elementwise.ts';
import type {Node} from '../node.ts';
import {isPool} from './members.ts';
import type {Pools} from './pools.ts';
import type {Writer} from './writer.ts';

/**
 * Writes elementwise nodes and pools, block by block, so that what only this step needs is in registers for one block at a
 * time.
 * @returns what the thread has of each of the sums
 */
export function writeBlocks(
  writer: Writer,
  pools: Pools,
  {nodes, sums}: {readonly nodes: readonly Node[]; readonly sums: readonly Node[]},
): readonly Expression[] {
  const totals: Expression[] = [];
  for (let block = 0; block < writer.grid.geometry.blocks; block++) {
    for (const node of nodes) writeNode(writer, pools, {node, block});
    sums.forEach(({operands: [operand]}, index) => {
      const parts = partsOf(writer, operand!, block);
      const total = totals[index];
      const all = total === undefined ? parts : [total, ...parts];
      totals[index] = writer.code.let(all.reduce((sum, part) => add(sum, part)));
    });
  }
  return totals;
}

function writeNode(
  {grid, values}: Writer,
  pools: Pools,
  {node, block}: {readonly node: Node; readonly block: number},
): void {
  const {op, operands, shape} = node;
  if (isPool(op)) {
    pools.write(node, op, block);
    return;
  }
  if (!isElementwise(op)) throw new Error(`${op.kind} is no operation on planes`);
  for (const slot of grid.slotsOf(grid.levelOf(shape), block)) {
    const given = operands.map((operand) => values.at(operand, shape, slot));
    values.set(node, slot, elementwise(op, given));
  }
}

/** The numbers of a block that are summands: zero where there is no pixel. */
function partsOf({grid, values}: Writer, operand: Node, block: number): readonly Expression[] {
  return grid.slotsOf(grid.levelOf(operand.shape), block).map((slot) => {
    const value = values.at(operand, operand.shape, slot);
    return slot.isOwn === undefined ? value : select(slot.isOwn, value, splat(f32(0)));
  });
}
