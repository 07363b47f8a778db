import type {InstanceId, OutputRef} from '../pipeline/graph/instance.ts';
import {runsAfter, type Plan, type Planned} from './plan-graph.ts';

/** Instances of which each needs the one before, or goes on from its result. */
export interface Chain {
  readonly instances: readonly InstanceId[];
  /** Its expected duration. Those of which nothing is known take no time. */
  readonly ms: number;
  /** Number of its instances of whose duration nothing is known. */
  readonly unknown: number;
}

interface Link {
  readonly id: InstanceId;
  readonly ms: number;
  readonly length: number;
  readonly before: Link | undefined;
}

/**
 * The chain of instances to run that takes longest: no number of machines is faster. Of equally long ones, one with the most
 * instances. `undefined`: nothing is to run.
 */
export function longestChain(plan: Plan): Chain | undefined {
  const links = new Map<InstanceId, Link>();
  // Instances with the same inputs share the list.
  const lists = new Map<readonly OutputRef[], Link | undefined>();
  const before = (refs: readonly OutputRef[]): Link | undefined => {
    if (!lists.has(refs)) lists.set(refs, longest(refs.map(({instance}) => links.get(instance))));
    return lists.get(refs);
  };
  for (const [id, planned] of plan) {
    const {verdict, instance, sameAs} = planned;
    if (verdict.kind === 'hit') continue;
    const same = sameAs && links.get(sameAs);
    const inputs = (): Link | undefined => longest(Object.values(instance.inputs).map(before));
    links.set(id, same ?? linkTo(planned, inputs()));
  }
  const last = longest([...links.values()]);
  return last && chainTo(last, plan);

  /** An instance may come before the one from whose result it goes on, which has the same inputs. */
  function linkTo(planned: Planned, inputs: Link | undefined): Link {
    const chain = [planned];
    let first = runsAfter(planned);
    for (; first !== undefined && !links.has(first); first = runsAfter(chain.at(-1)!)) {
      chain.push(plan.get(first)!);
    }
    let link = first === undefined ? inputs : links.get(first);
    for (const one of chain.toReversed()) {
      link = linkOf(one, link);
      links.set(one.instance.id, link);
    }
    return link!;
  }
}

function linkOf(planned: Planned, before: Link | undefined): Link {
  const ms = (before?.ms ?? 0) + (msOf(planned) ?? 0);
  return {id: planned.instance.id, ms, length: (before?.length ?? 0) + 1, before};
}

/** `undefined`: it is not known. A file of the user's takes hardly any time. */
function msOf({instance, expected}: Planned): number | undefined {
  return instance.file === undefined ? expected?.ms : 0;
}

function longest(links: readonly (Link | undefined)[]): Link | undefined {
  let found: Link | undefined;
  for (const link of links) {
    if (link === undefined) continue;
    const isLonger =
      found === undefined ||
      link.ms > found.ms ||
      (link.ms === found.ms && link.length > found.length);
    if (isLonger) found = link;
  }
  return found;
}

function chainTo(last: Link, plan: Plan): Chain {
  const instances: InstanceId[] = [];
  for (let link: Link | undefined = last; link !== undefined; link = link.before) {
    instances.unshift(link.id);
  }
  const unknown = instances.filter((id) => msOf(plan.get(id)!) === undefined).length;
  return {instances, ms: last.ms, unknown};
}
