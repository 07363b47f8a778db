/**
 * The order in which a cluster is computed.
 *
 * Members that wait for equally many sums are a phase; all sums of a phase are added up together at its end, so that
 * threads wait as rarely as possible. Within a phase, maps stand between steps in which no thread needs another.
 */
import type {Shape} from '../../../shape.ts';
import {isElementwise, type Node} from '../node.ts';
import {isShared, memberOf, type SharedOp} from './members.ts';

/**
 * What a cluster does in order. Threads wait for each other only in maps, which convolutions are like, and where there are
 * sums.
 */
export type Step =
  | {readonly kind: 'map'; readonly node: Node; readonly op: SharedOp}
  /** Nodes for which a thread needs no other's pixels, and sums of which each thread adds up what it has. */
  | {readonly kind: 'blocks'; readonly nodes: readonly Node[]; readonly sums: readonly Node[]}
  /** What the threads have of sums is added up. */
  | {readonly kind: 'sums'; readonly sums: readonly Node[]};

/** @param readsAgain whether each step reads what it needs from memory, even if an earlier one has read it */
export function stepsOf(
  nodes: readonly Node[],
  members: ReadonlySet<number>,
  readsAgain: boolean,
): readonly Step[] {
  return new Order(nodes, members, readsAgain).steps();
}

class Order {
  readonly #nodes: readonly Node[];
  readonly #members: ReadonlySet<number>;
  readonly #readsAgain: boolean;
  readonly #users = new Map<number, Node[]>();
  /** When a node is computed: places of one number are one step, and come after all lower numbers. */
  readonly #place = new Map<number, number>();
  /** The place where the sums of each phase are added up. */
  readonly #ends: number[] = [];

  constructor(nodes: readonly Node[], members: ReadonlySet<number>, readsAgain: boolean) {
    this.#nodes = [...nodes].sort((a, b) => a.id - b.id);
    this.#members = members;
    this.#readsAgain = readsAgain;
    for (const node of this.#nodes) {
      for (const {id} of this.#sources(node)) {
        this.#users.set(id, [...(this.#users.get(id) ?? []), node]);
      }
    }
    this.#placeAll();
    for (const node of this.#nodes.toReversed()) this.#delay(node);
  }

  steps(): readonly Step[] {
    const steps: Step[] = [];
    for (let place = 0; place <= this.#ends.at(-1)!; place++) {
      const here = this.#nodes.filter(({id}) => this.#place.get(id) === place);
      const sums = here.filter(({op}) => op.kind === 'sum');
      const [first] = here;
      if (first !== undefined && isShared(first.op)) {
        steps.push({kind: 'map', node: first, op: first.op});
      } else if (here.length > 0) {
        steps.push({kind: 'blocks', nodes: here.filter((node) => !sums.includes(node)), sums});
      }
      const phase = this.#ends.indexOf(place);
      if (phase < 0) continue;
      const begin = this.#ends[phase - 1] ?? -1;
      const ended = this.#nodes.filter(({id, op}) => {
        const at = this.#place.get(id)!;
        return op.kind === 'sum' && at > begin && at <= place;
      });
      if (ended.length > 0) steps.push({kind: 'sums', sums: ended});
    }
    return steps;
  }

  /** Gives every node the earliest place; those between two maps of a phase, by id, share one. */
  #placeAll(): void {
    const phases = this.#phases();
    let begin = 0;
    for (const phase of phases) {
      let place = begin;
      for (const {id, op} of phase.filter((node) => node.op.kind !== 'sum')) {
        const isMap = isShared(op);
        this.#place.set(id, isMap ? place + 1 : place);
        if (isMap) place += 2;
      }
      // Threads add up what they have of a sum where they have it.
      for (const {id, op, operands} of phase) {
        if (op.kind !== 'sum') continue;
        const member = memberOf(operands[0]!, this.#members);
        const at = member === undefined ? begin : this.#place.get(member.id)!;
        const isOfMap = member !== undefined && isShared(member.op);
        this.#place.set(id, Math.max(begin, isOfMap ? at + 1 : at));
      }
      this.#ends.push(place);
      begin = place + 1;
    }
  }

  #phases(): readonly (readonly Node[])[] {
    const waits = new Map<number, number>();
    const phases: Node[][] = [];
    for (const node of this.#nodes) {
      const before = node.operands.map((operand) => {
        const member = memberOf(operand, this.#members);
        if (member === undefined) return 0;
        return waits.get(member.id)! + (member.op.kind === 'sum' ? 1 : 0);
      });
      const phase = Math.max(0, ...before);
      waits.set(node.id, phase);
      (phases[phase] ??= []).push(node);
    }
    return phases;
  }

  /**
   * Moves an elementwise node to where it is first needed, if that takes fewer registers: its operands then have to be
   * there until then, but some of them are anyway, or are read from memory only then.
   */
  #delay(node: Node): void {
    const users = this.#users.get(node.id) ?? [];
    const isSummed = users.some(({op}) => op.kind === 'sum');
    if (!isElementwise(node) || users.length === 0 || isSummed) return;
    const needed = Math.min(...users.map((user) => this.#needs(user)));
    const held = this.#sources(node).filter(({id}) => {
      const others = this.#users.get(id)!.filter((user) => user !== node);
      const isThere = others.some((user) => this.#needs(user) >= needed);
      const isReadThen = !this.#members.has(id) && (this.#readsAgain || others.length === 0);
      return !isThere && !isReadThen;
    });
    const more = held.reduce((sum, {shape}) => sum + pixelsOf(shape), 0);
    if (more < pixelsOf(node.shape)) this.#place.set(node.id, needed);
  }

  /** The last place at which an operand of a node can be computed. */
  #needs({id, op}: Node): number {
    const place = this.#place.get(id)!;
    return isShared(op) ? place - 1 : place;
  }

  /** What a node reads: members, and what lies in memory; each once. */
  #sources({operands}: Node): readonly Node[] {
    return [...new Set(operands.map((operand) => memberOf(operand, this.#members) ?? operand))];
  }
}

/** Of one image and channel: what threads have registers for. */
function pixelsOf(shape: Shape): number {
  return shape.length === 4 ? shape[1]! * shape[2]! : 1;
}
