import {
  sourcesIn,
  times,
  widestRow,
  type GraphModel,
  type GraphNode,
} from '../../pipeline/graph/graph-model.ts';

/** The format of a graph. */
export type GraphFormat = 'text' | 'mermaid' | 'dot';

/** A graph as text: for people, as a Mermaid flowchart, or in Graphviz's language. */
export function graphText(model: GraphModel, format: GraphFormat): string {
  return writers[format](model);
}

const writers: Readonly<Record<GraphFormat, (model: GraphModel) => string>> = {
  text: plainText,
  mermaid: mermaidText,
  dot: dotText,
};

/** One line for each node, with its inputs. */
function plainText(model: GraphModel): string {
  const sources = sourcesIn(model);
  const lines = [...model.nodes].map(([name, {type, count}]) => {
    const from = sources.get(name) ?? [];
    const inputs = from.length === 0 ? '' : `  ← ${from.join(', ')}`;
    return `${name}${times(count)}  (${type})${inputs}`;
  });
  return lines.map((line) => `${line}\n`).join('');
}

function mermaidText(model: GraphModel): string {
  const ids = numbered(model);
  const lines = [`flowchart ${isWide(model) ? 'LR' : 'TD'}`];
  writeNested(model, {
    open: (label, depth, id) =>
      lines.push(`${indent(depth)}subgraph ${id}["${mermaidLabel(label)}"]`),
    close: (depth) => lines.push(`${indent(depth)}end`),
    node: (name, node, depth) => {
      const text = [node.label + times(node.count), node.type].map(mermaidLabel).join('<br/>');
      lines.push(`${indent(depth)}${ids.get(name)!}["${text}"]`);
    },
  });
  for (const [from, to] of model.edges) lines.push(`  ${ids.get(from)!} --> ${ids.get(to)!}`);
  return `${lines.join('\n')}\n`;
}

/**
 * Escapes a label for Mermaid, which reads entities written with a number sign, and gives some punctuation a meaning.
 */
function mermaidLabel(text: string): string {
  return text.replaceAll(
    /[^\p{L}\p{N} _.,=[\]×/-]/gu,
    (character) => `#${character.codePointAt(0)!};`,
  );
}

/** The widest of the usual fonts: if it is missing, the boxes are wide enough for its replacement. */
export const dotFont = 'Verdana';

/** Nodes have their names as identifiers, which Graphviz shows as tooltips. */
function dotText(model: GraphModel): string {
  const font = `fontname="${dotFont}", fontsize=11`;
  const lines = [
    `digraph ${dotId(model.name)} {`,
    `  graph [${font}, pad=0.2, style=rounded, color="#8a94a0"${isWide(model) ? ', rankdir=LR' : ''}];`,
    `  node [${font}, shape=box, style="rounded,filled", color="#5b6672", fillcolor="#eef2f6"];`,
    '  edge [color="#5b6672", arrowsize=0.7];',
  ];
  writeNested(model, {
    open: (label, depth, id) =>
      lines.push(
        `${indent(depth)}subgraph "cluster_${id}" {`,
        `${indent(depth + 1)}label="${dotLabel(label)}";`,
      ),
    close: (depth) => lines.push(`${indent(depth)}}`),
    node: (name, node, depth) => {
      const text = [node.label + times(node.count), node.type].map(dotLabel).join('\\n');
      const {description} = node;
      const tooltip = description === undefined ? '' : `, tooltip="${dotLabel(description)}"`;
      lines.push(`${indent(depth)}${dotId(name)} [label="${text}"${tooltip}];`);
    },
  });
  for (const [from, to] of model.edges) lines.push(`  ${dotId(from)} -> ${dotId(to)};`);
  return `${[...lines, '}'].join('\n')}\n`;
}

/** Escapes a label for Graphviz, which reads entities, and escapes that begin with a backslash. */
function dotLabel(text: string): string {
  return printable(text).replaceAll('&', '&amp;').replaceAll(/[\\"]/g, '\\$&');
}

/** An identifier in Graphviz: only the quote can be escaped, and entities are kept until they are displayed. */
function dotId(name: string): string {
  const text = printable(name).replaceAll('&', '&amp;').replaceAll('\\', '&#92;');
  return `"${text.replaceAll('"', '\\"')}"`;
}

/** Escapes characters that XML cannot contain (control characters, unpaired surrogates). */
function printable(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Cs}\uFFFE\uFFFF]/gu,
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );
}

/** Number of adjacent nodes that fill a screen's width. Vertically one can scroll. */
const screenNodes = 10;

/** Whether a graph is drawn from left to right. */
function isWide(model: GraphModel): boolean {
  return widestRow(model) > screenNodes;
}

/** Numbers nodes, since names may contain anything and Mermaid cannot quote them. */
function numbered({nodes}: GraphModel): ReadonlyMap<string, string> {
  return new Map([...nodes.keys()].map((name, index) => [name, `n${index}`]));
}

interface Writer {
  readonly open: (label: string, depth: number, id: string) => void;
  readonly close: (depth: number) => void;
  readonly node: (name: string, node: GraphNode, depth: number) => void;
}

interface Cluster {
  readonly id: string;
  readonly inner: Map<string, Cluster>;
  readonly nodes: [string, GraphNode][];
}

/** Writes the nodes; those of a nested pipeline form a cluster. */
function writeNested({nodes}: GraphModel, writer: Writer): void {
  let clusters = 0;
  const root: Cluster = {id: '', inner: new Map(), nodes: []};
  for (const [name, node] of nodes) {
    let cluster = root;
    for (const label of node.within) {
      let inner = cluster.inner.get(label);
      if (inner === undefined) {
        inner = {id: `c${clusters++}`, inner: new Map(), nodes: []};
        cluster.inner.set(label, inner);
      }
      cluster = inner;
    }
    cluster.nodes.push([name, node]);
  }
  const write = (cluster: Cluster, depth: number): void => {
    for (const [name, node] of cluster.nodes) writer.node(name, node, depth);
    for (const [label, inner] of cluster.inner) {
      writer.open(label, depth, inner.id);
      write(inner, depth + 1);
      writer.close(depth);
    }
  };
  write(root, 1);
}

function indent(depth: number): string {
  return '  '.repeat(depth);
}
