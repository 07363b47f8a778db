import type {CSSProperties, JSX, RefObject} from 'preact';
import {useLayoutEffect, useRef, useState} from 'preact/hooks';
import type {GraphBox, GraphPart, InstanceRow, StagePart, State} from '../../model/parts.ts';
import {stageOf} from '../../../pipeline/graph/stage-of.ts';
import {useFading} from '../fading.ts';
import {StateMark, stateNames} from '../state-mark.tsx';

/** The graph in Graphviz's layout: selectable boxes over lines. */
export function Graph({
  graph,
  stages,
  chosen,
  isOver,
  onChoose,
}: {
  graph: GraphPart;
  /** Whether the run is over: what has not begun will not begin. */
  isOver: boolean;
  stages: readonly StagePart[];
  chosen: string | undefined;
  onChoose: (name: string) => void;
}): JSX.Element {
  const {kind, width, height, nodes, clusters} = graph;
  const view = useRef<HTMLDivElement>(null);
  const scale = useScale(view, width);
  useStart(view, kind, startOf(kind, nodes, chosen));
  useFading(view);
  const byName = new Map(stages.map((stage) => [stage.name, stage]));
  const byId = new Map(stages.flatMap(({rows}) => rows.map((row) => [row.id, row] as const)));
  return (
    <div
      ref={view}
      class="graph"
      tabIndex={0}
      role="group"
      aria-label={`The ${kind} and how they depend on each other`}
    >
      <div class="sized" style={{width: `${width * scale}px`, height: `${height * scale}px`}}>
        <div
          class="canvas"
          style={{width: `${width}px`, height: `${height}px`, transform: `scale(${scale})`}}
        >
          {clusters.map(({label, ...box}, index) => (
            <div key={index} class="cluster" style={placed(box)}>
              <span>{label}</span>
            </div>
          ))}
          <Lines graph={graph} />
          {nodes.map((node) => (
            <Node
              key={node.name}
              node={node}
              rows={byId.has(node.name) ? [byId.get(node.name)] : byName.get(node.name)?.rows}
              isChosen={isOf(node, chosen)}
              rest={isOver ? 'unstarted' : 'pending'}
              opens={kind === 'instances' && node.count > 1}
              onChoose={onChoose}
            />
          ))}
        </div>
      </div>
    </div>
  );
}

function Lines({graph: {kind, width, height, edges}}: {graph: GraphPart}): JSX.Element {
  return (
    <svg width={width} height={height} aria-hidden="true">
      <defs>
        <marker
          id={`arrow-${kind}`}
          viewBox="0 0 8 8"
          refX="7"
          refY="4"
          markerWidth="7"
          markerHeight="7"
          orient="auto"
        >
          <path d="M0,0.5L8,4L0,7.5z" />
        </marker>
      </defs>
      {edges.map((d, index) => (
        <path key={index} class="edge" d={d} marker-end={`url(#arrow-${kind})`} />
      ))}
    </svg>
  );
}

/** Whether a box stands for a stage, or for one of its instances. */
function isOf({name}: GraphBox, stage: string | undefined): boolean {
  return stageOf(name) === stage;
}

/** The least scale at which the texts of the boxes can be read. */
const minScale = 0.72;

/** The scale at which the drawing is as wide as its place, within limits. */
function useScale(view: RefObject<HTMLElement | null>, width: number): number {
  const [place, setPlace] = useState(width);
  useLayoutEffect(() => {
    const element = view.current!;
    const measure = (): void => setPlace(element.clientWidth - 2 * padding);
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, []);
  const fitting = place / width;
  return fitting < minScale ? 1 : Math.min(1, fitting);
}

/** The padding of the graph, in pixels, for the focus marks of its boxes. */
const padding = 3;

/** The box to show first: the selected stage, or the start of a drawing of instances, which is wide. */
function startOf(
  kind: GraphPart['kind'],
  nodes: readonly GraphBox[],
  stage: string | undefined,
): GraphBox | undefined {
  const isFirst = (node: GraphBox): boolean =>
    kind === 'stages' ? isOf(node, stage) : node.sources.length === 0;
  return nodes.find(isFirst);
}

/** Scrolls to a box when another graph is drawn. */
function useStart(
  view: RefObject<HTMLElement | null>,
  kind: GraphPart['kind'],
  box: GraphBox | undefined,
): void {
  useLayoutEffect(() => {
    const element = view.current;
    if (element === null || box === undefined) return;
    element.scrollLeft = box.x + box.width / 2 - element.clientWidth / 2;
    element.scrollTop = 0;
  }, [kind]);
}

const order: readonly State[] = [
  'failed',
  'running',
  'waiting',
  'suspended',
  'skipped',
  'unstarted',
  'pending',
  'finished',
  'hit',
];

function Node({
  node: {name, label, type, description, count, sources, ...box},
  rows = [],
  isChosen,
  rest,
  opens,
  onChoose,
}: {
  node: GraphBox;
  rows: readonly (InstanceRow | undefined)[] | undefined;
  isChosen: boolean;
  /** The state of instances that the run has not mentioned. */
  rest: State;
  /** Whether a click draws each of its instances. */
  opens: boolean;
  onChoose: (name: string) => void;
}): JSX.Element {
  const counts = new Map<State, number>();
  for (const row of rows) {
    if (row !== undefined) counts.set(row.state, (counts.get(row.state) ?? 0) + 1);
  }
  const told = [...counts.values()].reduce((sum, one) => sum + one, 0);
  if (told < count) counts.set(rest, (counts.get(rest) ?? 0) + count - told);
  const present = order.filter((state) => counts.has(state));
  const running = rows.reduce((sum, row) => sum + (row?.done ?? 0), 0);
  const states = present.map((state) => `${counts.get(state)} ${stateNames[state]}`).join(', ');
  const from = sources.length === 0 ? '' : `; takes input from ${sources.slice(0, 8).join(', ')}`;
  return (
    <button
      type="button"
      class={`node state-${present[0] ?? rest}`}
      style={placed(box)}
      title={[`${name}: ${states}${opens ? '. Click to draw each.' : ''}`, description ?? '']
        .join('\n')
        .trim()}
      aria-pressed={isChosen}
      onClick={() => onChoose(name)}
    >
      <span class="node-name">
        <StateMark state={present[0] ?? rest} /> <b>{label}</b>
        {count > 1 && (
          <small>
            {' '}
            ×{count}
            {opens && ' ▾'}
          </small>
        )}
      </span>
      <span class="node-type">{type}</span>
      <span class="hidden">
        : {states}
        {description !== undefined && `; ${description}`}
        {from}
      </span>
      <NodeBar counts={counts} present={present} running={running} />
    </button>
  );
}

/** The number of instances in each state; of running ones, as much as they have done. */
function NodeBar({
  counts,
  present,
  running,
}: {
  counts: ReadonlyMap<State, number>;
  present: readonly State[];
  running: number;
}): JSX.Element {
  return (
    <span class="node-bar">
      {present.toReversed().map((state) => (
        <span
          key={state}
          class={`fill state-${state}`}
          style={{flexGrow: state === 'running' ? Math.max(0.06, running) : counts.get(state)!}}
        />
      ))}
      {counts.has('running') && (
        <span class="fill rest" style={{flexGrow: Math.max(0, counts.get('running')! - running)}} />
      )}
    </span>
  );
}

function placed({
  x,
  y,
  width,
  height,
}: Pick<GraphBox, 'x' | 'y' | 'width' | 'height'>): CSSProperties {
  return {left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px`};
}
