/** Where the numbers of nodes lie: in memories of their own, in concatenations, or in parts that readers add up. */
import type {MemoryId} from '../../kernels/ir.ts';
import {sizeOf, stridesOf} from '../../shape.ts';
import {homesOf, type Home} from '../homes.ts';
import {viewOf, Views} from '../views.ts';
import {swapLast, type Access, type Places, type ShortProduct} from './access.ts';
import {isView, type Factor, type Node, type ProductOp} from './node.ts';
import type {Nodes} from './nodes.ts';

export class Layout implements Places {
  readonly #nodes: readonly Node[];
  readonly #homes: ReadonlyMap<number, Home>;
  readonly #parts = new Map<number, {readonly memory: MemoryId; readonly count: number}>();
  /** Products that their readers compute, by id. */
  readonly #short = new Map<number, Node>();
  /** Memories that are written in vectors. */
  readonly #vectors = new Set<MemoryId>();
  readonly #sizes: number[];

  constructor(nodes: Nodes) {
    this.#nodes = nodes.steps.map(({value}) => value);
    this.#homes = ownHomes(nodes);
    this.#sizes = this.#nodes.map(({shape}) => sizeOf(shape));
  }

  /** The numbers of a memory. */
  sizeOf(memory: MemoryId): number {
    return this.#sizes[memory]!;
  }

  /** A memory of no node. */
  temporary(size: number, isVector: boolean): MemoryId {
    const memory = this.#sizes.length;
    this.#sizes.push(size);
    if (isVector) this.#vectors.add(memory);
    return memory;
  }

  resize(memory: MemoryId, size: number): void {
    this.#sizes[memory] = size;
  }

  /** Says that the kernel of a node writes vectors; only of nodes with memories of their own. */
  writeVectors(node: Node): void {
    if (!this.#homes.has(node.id)) this.#vectors.add(node.id);
  }

  isVector(memory: MemoryId): boolean {
    return this.#vectors.has(memory);
  }

  /** Whether a node is made inside a concatenation. */
  hasHome({id}: {readonly id: number}): boolean {
    return this.#homes.has(id);
  }

  /** Says that a node lies in a memory as parts that its readers add up. */
  setParts({id}: Node, memory: MemoryId, count: number): void {
    this.#parts.set(id, {memory, count});
  }

  /** Says that the readers of a product of matrices compute it. */
  setShort(node: Node): void {
    this.#short.set(node.id, node);
  }

  /** A node as the sum of parts that lie in a memory one after the other. */
  inParts({shape}: Node, memory: MemoryId, count: number): Access {
    const parts = {count, step: sizeOf(shape)};
    const isVector = this.isVector(memory);
    return {shape, memory, offset: 0, strides: stridesOf(shape), parts, isVector};
  }

  read({id}: {readonly id: number}): Access {
    const node = this.#nodes[id]!;
    const {base, offset, strides} = viewOf(node);
    const {shape} = node;
    if (isView(base)) {
      const through = this.read(base.operands[0]!);
      const {memory, isVector} = through;
      return {shape, memory, offset, strides, through, isVector};
    }
    const {op} = base;
    if (op.kind === 'constant') {
      return {shape, memory: base.id, offset, strides, constant: op.value, isVector: false};
    }
    const parts = this.#parts.get(base.id);
    if (parts !== undefined) {
      const {memory, count} = parts;
      return {...this.inParts(base, memory, count), shape, offset, strides};
    }
    const short = this.#short.get(base.id);
    if (short !== undefined) {
      const product = this.#productOf(short);
      return {shape, memory: base.id, offset, strides, product, isVector: false};
    }
    const home = this.#homes.get(base.id);
    const memory = home?.concat ?? base.id;
    const isVector = this.isVector(memory);
    return {shape, memory, offset: offset + (home?.offset ?? 0), strides, isVector};
  }

  write({id}: {readonly id: number}): Access {
    const {shape} = this.#nodes[id]!;
    const {concat: memory, offset} = this.#homes.get(id) ?? {concat: id, offset: 0};
    return {shape, memory, offset, strides: stridesOf(shape), isVector: this.isVector(memory)};
  }

  #productOf({op, operands}: Node): ShortProduct {
    const {n, pairs} = op as ProductOp;
    const matrix = (factor: Factor, node: Node): Access => {
      const access = this.read(node);
      return factor.kind === 'matrix' && factor.isTransposed ? swapLast(access) : access;
    };
    return {
      n,
      pairs: pairs.map(({k, left, right}, i) => ({
        k,
        left: matrix(left, operands[2 * i]!),
        right: matrix(right, operands[2 * i + 1]!),
      })),
    };
  }
}

/**
 * The homes of nodes that only their concatenation reads, and only once. Kernels wait for memories, and a concatenation is
 * one memory with many writers: whoever read one part, if only to copy it to another place there, would wait for all of
 * them, also for one that waits for the reader.
 */
function ownHomes(nodes: Nodes): ReadonlyMap<number, Home> {
  const users = nodes.steps.map((): number[] => []);
  for (const {value, operands} of nodes.steps) {
    for (const operand of operands) users[operand]!.push(value.id);
  }
  const outputs = new Set(nodes.outputs.values());
  const isOnlyReader = (concat: number, of: number): boolean => {
    const [user, ...others] = users[of]!;
    if (user === undefined || others.length > 0 || outputs.has(of)) return false;
    return user === concat || (isView(nodes.steps[user]!.value) && isOnlyReader(concat, user));
  };
  const homes = homesOf(nodes, new Views(nodes));
  return new Map([...homes].filter(([id, {concat}]) => isOnlyReader(concat, id)));
}
