import type {Instance, InstanceGraph, OutputRef} from './instance.ts';

/** A stage, or one instance of it. */
export interface GraphNode {
  /** What it is called, without the pipelines around it. */
  readonly label: string;
  readonly type: string;
  /** What the author says about the stage. */
  readonly description?: string;
  /** How many instances it stands for. */
  readonly count: number;
  /** The pipelines it is nested in, outermost first, with how many of each there are: `cell ×3`. */
  readonly within: readonly string[];
}

/** What is drawn: nodes by name, and which of them take input from which. */
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
  const nodes = new Map<string, GraphNode>();
  const edges = new Edges();
  const nested = countNested(graph, nameOf);
  for (const instance of graph.instances.values()) {
    const name = nameOf(instance);
    const path = pathOf(name);
    nodes.set(name, {
      label: path.at(-1)!,
      type: instance.type.contract.type,
      ...(instance.description !== undefined && {description: instance.description}),
      count: (nodes.get(name)?.count ?? 0) + 1,
      within: prefixesOf(path).map(
        (prefix, depth) => path[depth]! + times(nested.get(prefix)!.size),
      ),
    });
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

/** Each edge once, in the order in which they were first seen. */
class Edges {
  readonly all: (readonly [from: string, to: string])[] = [];
  readonly #targets = new Map<string, Set<string>>();
  readonly #lastTarget = new Map<readonly OutputRef[], string>();

  /** Whether a list of inputs was last seen with another target: many instances of a stage share one, and it may be long. */
  isNew(refs: readonly OutputRef[], to: string): boolean {
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

/** ` ×3`; of one, nothing. */
export function times(count: number): string {
  return count > 1 ? ` ×${count}` : '';
}

/** What each node takes input from. Those that take none are not in it. */
export function sourcesIn({edges}: GraphModel): ReadonlyMap<string, readonly string[]> {
  const sources = new Map<string, string[]>();
  for (const [from, to] of edges) {
    const known = sources.get(to);
    if (known === undefined) sources.set(to, [from]);
    else known.push(from);
  }
  return sources;
}

/** How many nodes stand beside each other where most do: as many as need as many steps from the start. */
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

/** The nested pipelines by what their nodes begin with: which of them there are. */
function countNested(
  graph: InstanceGraph,
  nameOf: (instance: Instance) => string,
): ReadonlyMap<string, ReadonlySet<string>> {
  const nested = new Map<string, Set<string>>();
  for (const instance of graph.instances.values()) {
    const all = prefixesOf(pathOf(instance.id));
    for (const [depth, prefix] of prefixesOf(pathOf(nameOf(instance))).entries()) {
      const same = nested.get(prefix);
      if (same === undefined) nested.set(prefix, new Set([all[depth]!]));
      else same.add(all[depth]!);
    }
  }
  return nested;
}

/** Of the parts `a`, `b`, `c` of a name: `a` and `a/b`. */
function prefixesOf(path: readonly string[]): readonly string[] {
  return path.slice(0, -1).map((_, depth) => path.slice(0, depth + 1).join('/'));
}

/** The parts of `cell[seed=1]/expert[path="a/b"]`: a slash within brackets belongs to a value. */
function pathOf(name: string): readonly string[] {
  if (!name.includes('/')) return [name];
  return name.match(/(?:[^/["]|\[(?:[^\]"]|"(?:[^"\\]|\\.)*")*\])+/g) ?? [name];
}
