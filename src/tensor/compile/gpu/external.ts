/** Memories that are a binding each: of inputs, of outputs, and those too large to share an arena with another. */
import type {MemoryId} from '../../kernels/ir.ts';
import type {Limits} from '../../kernels/kernel.ts';
import {sizeOf} from '../../shape.ts';
import type {Layout} from './layout.ts';
import {baseOf, type Node} from './node.ts';
import type {Nodes} from './nodes.ts';

/** Bindings that are for arenas: one of numbers and one of vectors. */
const arenaBindings = 2;

export class ExternalMemories {
  /** The most that a kernel may use. */
  readonly most: number;
  readonly #outputs: ReadonlySet<MemoryId>;
  readonly #layout: Layout;
  readonly #large: number;
  readonly #known = new Map<Node, readonly MemoryId[]>();
  #inlined: ReadonlySet<Node> = new Set();

  constructor({steps, outputs}: Nodes, layout: Layout, {bindings, bindingBytes}: Limits) {
    this.most = bindings - arenaBindings;
    this.#layout = layout;
    this.#large = bindingBytes / 8;
    const given = [...outputs.values()].map((id) => baseOf(steps[id]!.value));
    this.#outputs = new Set(given.map((node) => layout.write(node).memory));
  }

  /** Says which nodes the kernels of their readers compute: what those read counts for the readers. */
  inline(nodes: ReadonlySet<Node>): void {
    this.#inlined = nodes;
  }

  /** Whether one kernel may compute these nodes. */
  fits(nodes: readonly Node[]): boolean {
    const own = new Set(nodes.map(({id}) => id));
    const used = new Set<MemoryId>();
    for (const node of nodes) {
      for (const memory of this.#memoriesOf(node)) if (!own.has(memory)) used.add(memory);
      const {memory} = this.#layout.write(node);
      if (this.#outputs.has(memory)) used.add(memory);
    }
    return used.size <= this.most;
  }

  #readBy({operands}: Node): readonly Node[] {
    return operands
      .map(baseOf)
      .filter(({op}) => op.kind !== 'constant')
      .flatMap((base) => (this.#inlined.has(base) ? this.#readBy(base) : [base]));
  }

  /** The inputs that a node reads, and what it reads that is large. */
  #memoriesOf(node: Node): readonly MemoryId[] {
    let memories = this.#known.get(node);
    if (memories === undefined) {
      memories = this.#readBy(node)
        .filter(({op, shape}) => op.kind === 'input' || sizeOf(shape) > this.#large)
        .map(({id}) => id);
      this.#known.set(node, memories);
    }
    return memories;
  }
}
