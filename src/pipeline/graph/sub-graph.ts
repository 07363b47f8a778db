import type {Instance, InstanceGraph, InstanceId} from './instance.ts';

/** Part of a graph: whatever is kept, everything that it takes input from is kept with it. */
export interface Part {
  /** With all they need. Absent: everything. */
  readonly select?: ReadonlySet<InstanceId>;
  /** Without what comes after these, unless one of them needs it. Empty: without nothing. */
  readonly until: ReadonlySet<InstanceId>;
}

/** The part of a graph that is asked for. Whoever plans or runs it need not know that there was more. */
export function subGraph(graph: InstanceGraph, {select, until}: Part): InstanceGraph {
  if (select === undefined && until.size === 0) return graph;
  const needed = select && withUpstreams(graph, select);
  const later = laterThan(graph, until);
  const kept = Array.from(graph.instances).filter(
    ([id]) => (needed === undefined || needed.has(id)) && !later.has(id),
  );
  return {...graph, instances: new Map(kept)};
}

/** These instances and everything they need, however far up. */
export function withUpstreams(
  graph: InstanceGraph,
  ids: ReadonlySet<InstanceId>,
): ReadonlySet<InstanceId> {
  const needed = new Set(ids);
  // Backwards through the topological order: who needs an instance has been seen before it.
  for (const instance of [...graph.instances.values()].toReversed()) {
    if (!needed.has(instance.id)) continue;
    for (const upstream of upstreamsOf(instance)) needed.add(upstream);
  }
  return needed;
}

/** The instances that an instance takes input from, each once. */
export function upstreamsOf(instance: Instance): readonly InstanceId[] {
  const refs = Object.values(instance.inputs).flat();
  return [...new Set(refs.map((ref) => ref.instance))];
}

/** What comes after these instances and is needed by none of them. */
function laterThan(graph: InstanceGraph, ids: ReadonlySet<InstanceId>): ReadonlySet<InstanceId> {
  const after = new Set<InstanceId>();
  if (ids.size === 0) return after;
  for (const instance of graph.instances.values()) {
    const follows = upstreamsOf(instance).some((id) => ids.has(id) || after.has(id));
    if (follows) after.add(instance.id);
  }
  for (const id of withUpstreams(graph, ids)) after.delete(id);
  return after;
}
