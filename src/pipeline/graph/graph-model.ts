import type {Instance, InstanceGraph, OutputRef} from './instance.ts';

/** A stage, or one instance of it. */
export interface GraphNode {
  /** Its name, without the pipelines around it. */
  readonly label: string;
  readonly type: string;
  /** What the author says about the stage. */
  readonly description?: string;
  /** The number of instances that it stands for. */
  readonly count: number;
  /** The pipelines around it, outermost first, with the number of each: `cell ×3`. */
  readonly within: readonly string[];
}

/** A graph to draw: nodes by name, and the edges between them. */
export interface GraphModel {
  readonly name: string;
  readonly nodes: ReadonlyMap<string, GraphNode>;
  readonly edges: readonly (readonly [from: string, to: string])[];
}

/** The stages of a pipeline, or its instances, in topological order. */
export function graphModel(
  graph: InstanceGraph,
  {instances}: {readonly instances: boolean},
): GraphModel {
  const nameOf = (instance: Instance): string => (instances ? instance.id : instance.stage);
  const nodes = new Map<string, GraphNode & {count: number}>();
  const edges = new Edges();
  const nested = countNested(graph, nameOf);
  for (const instance of graph.instances.values()) {
    const name = nameOf(instance);
    const path = pathOf(name);
    const node = nodes.get(name);
    if (node !== undefined) node.count++;
    else {
      nodes.set(name, {
        label: path.at(-1)!,
        type: instance.type.contract.type,
        ...(instance.description !== undefined && {description: instance.description}),
        count: 1,
        within: prefixesOf(path).map(
          (prefix, depth) => path[depth]! + times(nested.get(prefix)!.size),
        ),
      });
    }
    for (const refs of Object.values(instance.inputs)) {
      if (!edges.isNew(refs, name)) continue;
      for (const ref of refs) {
        const from = graph.instances.get(ref.instance);
        if (from !== undefined) edges.add(nameOf(from), name);
      }
    }
  }
  return {name: graph.name, nodes, edges: edges.all};
}

/** Edges without duplicates, in the order of their first occurrence. */
class Edges {
  readonly all: (readonly [from: string, to: string])[] = [];
  readonly #targets = new Map<string, Set<string>>();
  readonly #lastTarget = new Map<readonly OutputRef[], string>();

  /**
   * Whether a list of inputs was not already seen with this target: many instances of a stage share one list, and it
   * may be long.
   */
  isNew(refs: readonly OutputRef[], to: string): boolean {
    // A short list takes less time than to remember it.
    if (refs.length < 2) return true;
    if (this.#lastTarget.get(refs) === to) return false;
    this.#lastTarget.set(refs, to);
    return true;
  }

  add(from: string, to: string): void {
    const known = this.#targets.get(from);
    if (known?.has(to) === true) return;
    if (known === undefined) this.#targets.set(from, new Set([to]));
    else known.add(to);
    this.all.push([from, to]);
  }
}

/** ` ×3`; empty for one. */
export function times(count: number): string {
  return count > 1 ? ` ×${count}` : '';
}

/** The sources of each node. Nodes without any are left out. */
export function sourcesIn({edges}: GraphModel): ReadonlyMap<string, readonly string[]> {
  const sources = new Map<string, string[]>();
  for (const [from, to] of edges) {
    const known = sources.get(to);
    if (known === undefined) sources.set(to, [from]);
    else known.push(from);
  }
  return sources;
}

/** The number of nodes in the widest layer: layers are nodes at the same depth from the start. */
export function widestRow(model: GraphModel): number {
  const rows = new Map<string, number>();
  const sources = sourcesIn(model);
  for (const name of model.nodes.keys()) {
    const above = (sources.get(name) ?? []).map((from) => rows.get(from) ?? 0);
    rows.set(name, Math.max(-1, ...above) + 1);
  }
  const widths = new Map<number, number>();
  for (const row of rows.values()) widths.set(row, (widths.get(row) ?? 0) + 1);
  return Math.max(0, ...widths.values());
}

/** Counts the nested pipelines, by the prefix of their nodes' names. */
function countNested(
  graph: InstanceGraph,
  nameOf: (instance: Instance) => string,
): ReadonlyMap<string, ReadonlySet<string>> {
  const nested = new Map<string, Set<string>>();
  for (const instance of graph.instances.values()) {
    if (!instance.id.includes('/')) continue;
    const all = prefixesOf(pathOf(instance.id));
    for (const [depth, prefix] of prefixesOf(pathOf(nameOf(instance))).entries()) {
      const same = nested.get(prefix);
      if (same === undefined) nested.set(prefix, new Set([all[depth]!]));
      else same.add(all[depth]!);
    }
  }
  return nested;
}

/** The prefixes of a name with the parts `a`, `b`, `c`: `a` and `a/b`. */
function prefixesOf(path: readonly string[]): readonly string[] {
  return path.slice(0, -1).map((_, depth) => path.slice(0, depth + 1).join('/'));
}

/** The parts of `cell[seed=1]/expert[path="a/b"]`: a slash within brackets belongs to a value. */
function pathOf(name: string): readonly string[] {
  if (!name.includes('/')) return [name];
  return name.match(/(?:[^/["]|\[(?:[^\]"]|"(?:[^"\\]|\\.)*")*\])+/g) ?? [name];
}
