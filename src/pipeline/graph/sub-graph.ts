import type {Instance, InstanceGraph, InstanceId} from './instance.ts';

/** A part of a graph. All inputs of kept instances are kept as well. */
export interface Part {
  /** These instances, with everything they need. Absent: all instances. */
  readonly select?: ReadonlySet<InstanceId>;
  /** Leaves out everything downstream of these instances, unless one of them needs it. Empty: leaves out nothing. */
  readonly until: ReadonlySet<InstanceId>;
}

/** The requested part of a graph, as a graph of its own: the code that plans or runs it need not know the rest. */
export function subGraph(graph: InstanceGraph, {select, until}: Part): InstanceGraph {
  if (select === undefined && until.size === 0) return graph;
  const needed = select && withUpstreams(graph, select);
  const later = laterThan(graph, until);
  const kept = Array.from(graph.instances).filter(
    ([id]) => (needed === undefined || needed.has(id)) && !later.has(id),
  );
  return {...graph, instances: new Map(kept)};
}

/** These instances and all their direct and indirect inputs. */
export function withUpstreams(
  graph: InstanceGraph,
  ids: ReadonlySet<InstanceId>,
): ReadonlySet<InstanceId> {
  const needed = new Set(ids);
  // In reverse topological order, so that all dependants of an instance come before it.
  for (const instance of [...graph.instances.values()].toReversed()) {
    if (!needed.has(instance.id)) continue;
    for (const upstream of upstreamsOf(instance)) needed.add(upstream);
  }
  return needed;
}

/** The instances that an instance takes input from, without duplicates. */
export function upstreamsOf(instance: Instance): readonly InstanceId[] {
  const refs = Object.values(instance.inputs).flat();
  return [...new Set(refs.map((ref) => ref.instance))];
}

/** The instances downstream of these which none of them needs. */
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
