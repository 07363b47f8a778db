import type {Graph} from '@viz-js/viz';
import {InternalError} from '../../base/internal-error.ts';
import {sourcesIn, type GraphModel, type GraphNode} from '../../pipeline/graph/graph-model.ts';
import type {DrawnGraph} from '../../journal/event.ts';
import {displayWidth} from '../../report/format/display-width.ts';
import type {Box, GraphBox, GraphCluster, GraphPart} from './parts.ts';

/** Graphviz's points per inch; here a point is a pixel. */
const pointsPerInch = 72;

const boxHeight = 58;

/** Lays out a graph with Graphviz, which places nodes and routes edges; the page defines their appearance. */
export async function graphLayout(
  kind: GraphPart['kind'],
  {nodes, edges}: DrawnGraph,
): Promise<GraphPart> {
  const model: GraphModel = {name: '', nodes: new Map(nodes), edges};
  const {instance} = await import('@viz-js/viz');
  const graphviz = await instance();
  const result = graphviz.render(vizGraph(model), {format: 'json'});
  if (result.status === 'failure') {
    const reasons = result.errors.map(({message}) => message).join('; ');
    throw new InternalError(`Graphviz does not understand the graph: ${reasons}`);
  }
  return placed(kind, model, JSON.parse(result.output) as Drawing);
}

/** Nodes are numbered, since names may contain anything. */
function vizGraph({nodes, edges}: GraphModel): Graph {
  const numbers = new Map([...nodes.keys()].map((name, index) => [name, `n${index}`]));
  return {
    // Edges leave a node from left to right in their order, so instances stand in the order of their matrix.
    graphAttributes: {nodesep: 0.25, ranksep: 0.42, pad: 0, ordering: 'out'},
    nodeAttributes: {shape: 'box', fixedsize: true, label: ''},
    nodes: [...nodes].map(([name, node]) => ({
      name: numbers.get(name)!,
      attributes: {
        width: boxWidth(node) / pointsPerInch,
        height: boxHeight / pointsPerInch,
      },
    })),
    edges: edges.map(([from, to]) => ({tail: numbers.get(from)!, head: numbers.get(to)!})),
    subgraphs: clustersOf(nodes).map(({label, names}, index) => ({
      name: `cluster_${index}`,
      // The width of the label counts for the cluster's.
      graphAttributes: {
        label: 'x'.repeat(Math.min(60, displayWidth(label))),
        fontsize: 12,
        margin: 14,
      },
      nodes: names.map((name) => ({name: numbers.get(name)!})),
    })),
  };
}

/** The width of a node: as wide as its label needs, within limits; the page cuts longer labels. */
function boxWidth({label, type, count}: GraphNode): number {
  const times = count > 1 ? ` ×${count}` : '';
  const columns = Math.max(1.22 * displayWidth(label) + displayWidth(times), displayWidth(type));
  return Math.round(Math.min(280, Math.max(124, 52 + 7.6 * columns)));
}

/** The outermost nested pipelines, by name. */
function clustersOf(
  nodes: GraphModel['nodes'],
): readonly {readonly label: string; readonly names: readonly string[]}[] {
  const clusters = new Map<string, string[]>();
  for (const [name, {within}] of nodes) {
    if (within[0] === undefined) continue;
    const label = isFile(name) ? 'Files' : within[0];
    const names = clusters.get(label);
    if (names === undefined) clusters.set(label, [name]);
    else names.push(name);
  }
  return [...clusters].map(([label, names]) => ({label, names}));
}

/** Whether a node is a file of the user: only its name begins like a path. */
function isFile(name: string): boolean {
  return /^\.{0,2}\//.test(name);
}

/** The used fields of Graphviz's layout. */
interface Drawing {
  readonly bb: string;
  readonly objects?: readonly {
    readonly name: string;
    readonly pos?: string;
    readonly bb?: string;
  }[];
  readonly edges?: readonly {readonly pos: string}[];
}

function placed(kind: GraphPart['kind'], model: GraphModel, drawing: Drawing): GraphPart {
  const [, , width = 0, height = 0] = drawing.bb.split(',').map(Number);
  const objects = new Map((drawing.objects ?? []).map((object) => [object.name, object]));
  const sources = sourcesIn(model);
  const nodes = [...model.nodes].map(([name, node], index): GraphBox => {
    const [x = 0, y = 0] = objects.get(`n${index}`)!.pos!.split(',').map(Number);
    const boxW = boxWidth(node);
    const {label, type, description, count} = node;
    const box = {x: x - boxW / 2, y: height - y - boxHeight / 2, width: boxW, height: boxHeight};
    return {
      name,
      label,
      type,
      ...(description !== undefined && {description}),
      count,
      sources: sources.get(name) ?? [],
      ...rounded(box),
    };
  });
  const clusters = clustersOf(model.nodes).map(({label}, index): GraphCluster => {
    const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = objects
      .get(`cluster_${index}`)!
      .bb!.split(',')
      .map(Number);
    return {label, ...rounded({x: x0, y: height - y1, width: x1 - x0, height: y1 - y0})};
  });
  const edges = (drawing.edges ?? []).map(({pos}) => edgePath(pos, height));
  return {kind, width: Math.ceil(width), height: Math.ceil(height), nodes, clusters, edges};
}

/**
 * Converts Graphviz's `e,x,y x0,y0 x1,y1 …`: the tip of the arrow, and the points of a Bézier spline, with y pointing
 * up.
 */
function edgePath(pos: string, height: number): string {
  const points = pos.split(' ').map((text) => {
    const [x, y] = text
      .replace(/^[es],/, '')
      .split(',')
      .map(Number);
    return `${Math.round(x!)},${Math.round(height - y!)}`;
  });
  const [end, start, ...rest] = points;
  return `M${start!}C${rest.join(' ')}L${end!}`;
}

function rounded({x, y, width, height}: Box): Box {
  return {x: Math.round(x), y: Math.round(y), width: Math.round(width), height: Math.round(height)};
}
