import type {DrawnGraph} from '../../journal/event.ts';
import {stageOf} from '../../pipeline/graph/stage-of.ts';

/** A stage with more instances than this is one node: more boxes side by side are wider than a screen. */
const shownSiblings = 6;

/**
 * A graph of instances in which each stage of many instances is one node, as in the graph of stages. `undefined`: no
 * stage has so many, or all that have several do, so that the graph would be that of stages.
 */
export function collapsed(instances: DrawnGraph, stages: DrawnGraph): DrawnGraph | undefined {
  const nodes = new Map(instances.nodes);
  const many = new Map(stages.nodes.filter(([, {count}]) => count > shownSiblings));
  const nameOf = (id: string): string => (many.has(stageOf(id)) ? stageOf(id) : id);
  const names = [...new Set([...nodes.keys()].map(nameOf))];
  if (names.length === nodes.size || names.length === stages.nodes.length) return undefined;
  const edges = new Map(
    instances.edges
      .map(([from, to]) => [nameOf(from), nameOf(to)] as const)
      .map((edge) => [JSON.stringify(edge), edge]),
  );
  return {
    nodes: names.map((name) => [name, many.get(name) ?? nodes.get(name)!]),
    edges: [...edges.values()],
  };
}
