import type {Instance, InstanceGraph, InstanceId} from '../pipeline/instance.ts';
import {upstreamsOf} from '../pipeline/sub-graph.ts';

/**
 * `blocked`: something it needs is not done. `taken`: the run is seeing to it. `ended`: it will give no result in this
 * run.
 */
export type Standing = 'blocked' | 'ready' | 'taken' | 'done' | 'ended';

interface Node {
  readonly instance: Instance;
  readonly upstreams: readonly InstanceId[];
  readonly dependants: InstanceId[];
  standing: Standing;
  /** How many of its upstreams are not done. */
  missing: number;
}

/** Which instances of a graph can be seen to now. Every change takes time in its own edges only. */
export class Frontier {
  readonly #nodes = new Map<InstanceId, Node>();
  readonly #ready: Node[] = [];
  #next = 0;

  constructor(graph: InstanceGraph) {
    for (const instance of graph.instances.values()) {
      const upstreams = upstreamsOf(instance);
      const node: Node = {
        instance,
        upstreams,
        dependants: [],
        standing: 'blocked',
        missing: upstreams.length,
      };
      this.#nodes.set(instance.id, node);
      for (const id of upstreams) this.#node(id).dependants.push(instance.id);
      this.#unblock(node);
    }
  }

  /** The next instance whose upstreams are all done, in the order in which they became so. */
  take(): Instance | undefined {
    while (this.#next < this.#ready.length) {
      const node = this.#ready[this.#next++]!;
      if (node.standing !== 'ready') continue;
      node.standing = 'taken';
      return node.instance;
    }
    this.#ready.length = 0;
    this.#next = 0;
    return undefined;
  }

  complete(id: InstanceId): void {
    this.#node(id).standing = 'done';
    for (const dependant of this.#node(id).dependants) {
      const node = this.#node(dependant);
      node.missing--;
      this.#unblock(node);
    }
  }

  end(id: InstanceId): void {
    this.#node(id).standing = 'ended';
  }

  /** Gives back what was taken: it is looked at again once all that it needs is done. */
  putBack(id: InstanceId): void {
    const node = this.#node(id);
    node.standing = 'blocked';
    this.#unblock(node);
  }

  /** What was done has to be done again: those that need it and have not begun wait for it. */
  reopen(id: InstanceId): void {
    for (const dependant of this.#node(id).dependants) {
      const node = this.#node(dependant);
      node.missing++;
      if (node.standing === 'ready') node.standing = 'blocked';
    }
    this.putBack(id);
  }

  standing(id: InstanceId): Standing {
    return this.#node(id).standing;
  }

  upstreams(id: InstanceId): readonly InstanceId[] {
    return this.#node(id).upstreams;
  }

  #unblock(node: Node): void {
    if (node.missing > 0 || node.standing !== 'blocked') return;
    node.standing = 'ready';
    this.#ready.push(node);
  }

  #node(id: InstanceId): Node {
    return this.#nodes.get(id)!;
  }
}
