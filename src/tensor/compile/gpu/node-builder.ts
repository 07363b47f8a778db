import type {Shape} from '../../shape.ts';
import {opKey} from '../../op-key.ts';
import type {Node, NodeOp} from './node.ts';

/** Adds nodes; equal operations on the same operands are one node. */
export class NodeBuilder {
  readonly nodes: Node[] = [];
  /** The chunk that nodes belong to from now on if an operand does, or if they cut it out. */
  chunk: number | undefined;
  readonly #known = new Map<string, Node>();

  add(op: NodeOp, operands: readonly Node[], shape: Shape): Node {
    const key = opKey([op, operands.map(({id}) => id), shape]);
    let node = this.#known.get(key);
    if (node === undefined) {
      const isOwn = op.kind === 'slice' || operands.some((one) => one.chunk === this.chunk);
      const chunk = isOwn ? this.chunk : undefined;
      node = {id: this.nodes.length, op, operands, shape, ...(chunk !== undefined && {chunk})};
      this.nodes.push(node);
      this.#known.set(key, node);
    }
    return node;
  }

  constant(value: number, shape: Shape): Node {
    return this.add({kind: 'constant', value, shape}, [], shape);
  }

  reshape(node: Node, shape: Shape): Node {
    return this.add({kind: 'reshape', shape}, [node], shape);
  }
}
