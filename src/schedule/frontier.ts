import {upstreamsOf} from '../pipeline/graph/sub-graph.ts';
import {
  isPartialInput,
  type Instance,
  type InstanceGraph,
  type InstanceId,
  type OutputRef,
} from '../pipeline/graph/instance.ts';

/**
 * `blocked`: something it needs is not done. `taken`: the run is seeing to it. `ended`: it will give no result in this
 * run.
 */
export type Status = 'blocked' | 'ready' | 'taken' | 'done' | 'ended';

interface Node {
  readonly instance: Instance;
  /** What its completion counts for. */
  readonly counts: Gate[];
  status: Status;
  /** How many of its gates are closed. */
  closed: number;
  /** It has ended, or something that it cannot do without has: it will give no result in this run. */
  isLost: boolean;
}

/**
 * Opens once everything in a list of references is done. Instances that take in the same share the list, and so its
 * gate: all-to-all costs the sum of both sides, not their product. One of a partial input opens as well when everything
 * is done or lost, and not all is lost.
 */
interface Gate {
  readonly isPartial: boolean;
  missing: number;
  /** How many that it waited for are done. */
  done: number;
  readonly behind: Node[];
}

/** Which instances of a graph can be seen to now. Every change takes time in its own gates only. */
export class Frontier {
  readonly #nodes = new Map<InstanceId, Node>();
  readonly #ready: Node[] = [];
  #next = 0;
  /** How many are neither done nor ended. */
  #left: number;

  constructor(graph: InstanceGraph) {
    this.#left = graph.instances.size;
    const [whole, partial] = [
      new Map<readonly OutputRef[], Gate>(),
      new Map<readonly OutputRef[], Gate>(),
    ];
    for (const instance of graph.instances.values()) {
      const node: Node = {instance, counts: [], status: 'blocked', closed: 0, isLost: false};
      this.#nodes.set(instance.id, node);
      for (const port in instance.inputs) {
        const refs = instance.inputs[port]!;
        if (refs.length === 0) continue;
        const isPartial = isPartialInput(instance, port);
        const gates = isPartial ? partial : whole;
        let gate = gates.get(refs);
        if (gate === undefined) gates.set(refs, (gate = this.#gate(refs, isPartial)));
        gate.behind.push(node);
        node.closed++;
      }
      this.#unblock(node);
    }
  }

  /** Whether every instance is done or ended. */
  get isEmpty(): boolean {
    return this.#left === 0;
  }

  /** The next instance whose upstreams are all done, in the order in which they became so. */
  take(): Instance | undefined {
    while (this.#next < this.#ready.length) {
      const node = this.#ready[this.#next++]!;
      if (node.status !== 'ready') continue;
      node.status = 'taken';
      return node.instance;
    }
    this.#ready.length = 0;
    this.#next = 0;
    return undefined;
  }

  complete(id: InstanceId): void {
    const done = this.#node(id);
    done.status = 'done';
    this.#left--;
    for (const gate of done.counts) {
      gate.missing--;
      gate.done++;
      if (gate.missing === 0) this.#open(gate);
    }
  }

  end(id: InstanceId): void {
    const node = this.#node(id);
    node.status = 'ended';
    this.#left--;
    this.#lose(node);
  }

  /** Gives back what was taken: it is looked at again once all that it needs is done. */
  putBack(id: InstanceId): void {
    const node = this.#node(id);
    node.status = 'blocked';
    this.#unblock(node);
  }

  /** What was done has to be done again: those that need it and have not begun wait for it. */
  reopen(id: InstanceId): void {
    this.#left++;
    for (const gate of this.#node(id).counts) {
      gate.missing++;
      gate.done--;
      if (gate.missing > 1) continue;
      for (const node of gate.behind) {
        node.closed++;
        if (node.status === 'ready') node.status = 'blocked';
      }
    }
    this.putBack(id);
  }

  status(id: InstanceId): Status {
    return this.#node(id).status;
  }

  /** The instances that an instance takes input from, each once. */
  upstreams(id: InstanceId): readonly InstanceId[] {
    return upstreamsOf(this.#node(id).instance);
  }

  /** A closed gate: in topological order, whatever it waits for has its node and is not done. */
  #gate(refs: readonly OutputRef[], isPartial: boolean): Gate {
    const gate: Gate = {isPartial, missing: 1, done: 0, behind: []};
    if (refs.length === 1) {
      this.#node(refs[0]!.instance).counts.push(gate);
      return gate;
    }
    const ids = new Set(refs.map((ref) => ref.instance));
    for (const id of ids) this.#node(id).counts.push(gate);
    gate.missing = ids.size;
    return gate;
  }

  #open(gate: Gate): void {
    for (const node of gate.behind) {
      node.closed--;
      this.#unblock(node);
    }
  }

  /** Tells all that wait for a node that there is nothing to wait for, and those that wait for them. */
  #lose(first: Node): void {
    const lost = [first];
    for (let node = lost.pop(); node !== undefined; node = lost.pop()) {
      if (node.isLost) continue;
      node.isLost = true;
      for (const gate of node.counts) {
        if (gate.isPartial) {
          gate.missing--;
          if (gate.missing > 0) continue;
          if (gate.done > 0) {
            this.#open(gate);
            continue;
          }
        }
        lost.push(...gate.behind);
      }
    }
  }

  #unblock(node: Node): void {
    if (node.closed > 0 || node.status !== 'blocked') return;
    node.status = 'ready';
    this.#ready.push(node);
  }

  #node(id: InstanceId): Node {
    return this.#nodes.get(id)!;
  }
}
