import type {Shape} from '../../shape.ts';
import type {Node, NodeOp} from './node.ts';

/** Adds nodes; equal operations on the same operands are one node. */
export class NodeBuilder {
  readonly nodes: Node[] = [];
  readonly #known = new Map<string, Node>();

  add(op: NodeOp, operands: readonly Node[], shape: Shape): Node {
    const key = JSON.stringify([op, operands.map(({id}) => id), shape]);
    let node = this.#known.get(key);
    if (node === undefined) {
      node = {id: this.nodes.length, op, operands, shape};
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
