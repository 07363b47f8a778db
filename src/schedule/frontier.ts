import {upstreamsOf} from '../pipeline/graph/sub-graph.ts';
import {
  isPartialInput,
  type Instance,
  type InstanceGraph,
  type InstanceId,
  type OutputRef,
} from '../pipeline/graph/instance.ts';

/** `blocked`: an input is not done. `taken`: the run is working on it. `ended`: it will give no result in this run. */
export type Status = 'blocked' | 'ready' | 'taken' | 'done' | 'ended';

interface Node {
  readonly instance: Instance;
  /** The gates that wait for it; absent: none. Lists are made when they are needed, since there may be very many nodes. */
  counts: Gate[] | undefined;
  status: Status;
  /** Number of its gates that are closed. */
  closed: number;
  /** An instance that it needs will give no result: it cannot be taken any more, but may be taken or done. */
  isCut: boolean;
  /** It will give no result in this run: it has ended, or is cut and neither taken nor done. */
  isLost: boolean;
}

/**
 * Opens when everything in a list of references is done. Instances with the same inputs share the list and its gate, so
 * all-to-all connections cost the sum of both sides, not their product. The gate of a partial input also opens when
 * everything is done or lost, and something is done; that of an order opens when everything is done or lost.
 */
interface Gate {
  readonly of: 'whole input' | 'partial input' | 'order';
  missing: number;
  /** Number of its references that are done. */
  done: number;
  readonly behind: Node[];
}

/** The instances of a graph that can be worked on now. A change takes time only in the gates that it concerns. */
export class Frontier {
  readonly #nodes = new Map<InstanceId, Node>();
  readonly #ready: Node[] = [];
  #next = 0;
  /** Number of instances that are neither done nor ended. */
  #left: number;

  constructor(graph: InstanceGraph) {
    this.#left = graph.instances.size;
    const [whole, partial] = [
      new Map<readonly OutputRef[], Gate>(),
      new Map<readonly OutputRef[], Gate>(),
    ];
    for (const instance of graph.instances.values()) {
      const node: Node = {
        instance,
        counts: undefined,
        status: 'blocked',
        closed: 0,
        isCut: false,
        isLost: false,
      };
      this.#nodes.set(instance.id, node);
      for (const port in instance.inputs) {
        const refs = instance.inputs[port]!;
        if (refs.length === 0) continue;
        const isPartial = isPartialInput(instance, port);
        const gates = isPartial ? partial : whole;
        const gate = gates.get(refs);
        const of = isPartial ? 'partial input' : 'whole input';
        if (gate === undefined) gates.set(refs, this.#gate(refs, of, node));
        else gate.behind.push(node);
        node.closed++;
      }
      this.#unblock(node);
    }
  }

  /** Whether every instance is done or ended. */
  get isEmpty(): boolean {
    return this.#left === 0;
  }

  /** The next ready instance, in the order in which instances became ready. */
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
    for (const gate of done.counts ?? []) {
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

  /** Puts a taken instance back: it becomes ready again when everything that it needs is done. */
  putBack(id: InstanceId): void {
    const node = this.#node(id);
    node.status = 'blocked';
    if (node.isCut) this.#lose(node);
    this.#unblock(node);
  }

  /** Puts a taken instance behind another that may still give a result: it becomes ready again when that has ended, too. */
  putBehind(id: InstanceId, first: InstanceId): void {
    const node = this.#node(id);
    countFor({of: 'order', missing: 1, done: 0, behind: [node]}, this.#node(first));
    node.closed++;
    node.status = 'blocked';
    if (node.isCut) this.#lose(node);
  }

  /** Whether an instance may give a result that it has not given yet. */
  isAwaited(id: InstanceId): boolean {
    const {status, isLost} = this.#node(id);
    return !isLost && status !== 'done' && status !== 'ended';
  }

  /** Reopens a finished instance that has to run again: dependants that have not begun wait for it. */
  reopen(id: InstanceId): void {
    this.#left++;
    for (const gate of this.#node(id).counts ?? []) {
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

  /** The instances that an instance takes input from, without duplicates. */
  upstreams(id: InstanceId): readonly InstanceId[] {
    return upstreamsOf(this.#node(id).instance);
  }

  /**
   * Makes a closed gate in front of a node. Instances are visited in topological order, so all its references have
   * nodes, and none is done.
   */
  #gate(refs: readonly OutputRef[], of: Gate['of'], node: Node): Gate {
    const gate: Gate = {of, missing: 1, done: 0, behind: [node]};
    if (refs.length === 1) {
      countFor(gate, this.#node(refs[0]!.instance));
      return gate;
    }
    const ids = new Set(refs.map((ref) => ref.instance));
    for (const id of ids) countFor(gate, this.#node(id));
    gate.missing = ids.size;
    return gate;
  }

  #open(gate: Gate): void {
    for (const node of gate.behind) {
      node.closed--;
      this.#unblock(node);
    }
  }

  /** Tells all dependants of a node, and theirs, that it is lost. */
  #lose(first: Node): void {
    const lost = [first];
    for (let node = lost.pop(); node !== undefined; node = lost.pop()) {
      node.isCut = true;
      // An instance that is done has its result, and one that is taken may still give one.
      if (node.isLost || node.status === 'done' || node.status === 'taken') continue;
      node.isLost = true;
      for (const gate of node.counts ?? []) {
        if (gate.of !== 'whole input') {
          gate.missing--;
          if (gate.missing > 0) continue;
          if (gate.done > 0 || gate.of === 'order') {
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

function countFor(gate: Gate, node: Node): void {
  if (node.counts === undefined) node.counts = [gate];
  else node.counts.push(gate);
}
