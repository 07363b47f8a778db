import type {Instance, InstanceGraph} from '../pipeline/instance.ts';

/** A stage, or one instance of it. */
export interface GraphNode {
  /** What it is called, without the pipelines around it. */
  readonly label: string;
  readonly type: string;
  /** How many instances it stands for. */
  readonly count: number;
  /** The pipelines it is nested in, outermost first. */
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
  const edges = new Map<string, readonly [string, string]>();
  for (const instance of graph.instances.values()) {
    const name = nameOf(instance);
    const path = pathOf(name);
    nodes.set(name, {
      label: path.at(-1)!,
      type: instance.type.contract.type,
      count: (nodes.get(name)?.count ?? 0) + 1,
      within: path.slice(0, -1),
    });
    for (const ref of Object.values(instance.inputs).flat()) {
      const from = graph.instances.get(ref.instance);
      if (from === undefined) continue;
      const edge = [nameOf(from), name] as const;
      edges.set(JSON.stringify(edge), edge);
    }
  }
  return {name: graph.name, nodes, edges: [...edges.values()]};
}

/** The parts of `cell[seed=1]/expert[path="a/b"]`: a slash within brackets belongs to a value. */
function pathOf(name: string): readonly string[] {
  return name.match(/(?:[^/["]|\[(?:[^\]"]|"(?:[^"\\]|\\.)*")*\])+/g) ?? [name];
}
