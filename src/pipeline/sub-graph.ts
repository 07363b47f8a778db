import type {InstanceGraph, InstanceId} from './instance.ts';

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
  for (const {id, inputs} of [...graph.instances.values()].toReversed()) {
    if (!needed.has(id)) continue;
    for (const refs of Object.values(inputs)) {
      for (const {instance} of refs) needed.add(instance);
    }
  }
  return needed;
}

/** What comes after these instances and is needed by none of them. */
function laterThan(graph: InstanceGraph, ids: ReadonlySet<InstanceId>): ReadonlySet<InstanceId> {
  const after = new Set<InstanceId>();
  if (ids.size === 0) return after;
  for (const {id, inputs} of graph.instances.values()) {
    const follows = Object.values(inputs).some((refs) =>
      refs.some(({instance}) => ids.has(instance) || after.has(instance)),
    );
    if (follows) after.add(id);
  }
  for (const id of withUpstreams(graph, ids)) after.delete(id);
  return after;
}
