import type {CSSProperties, JSX, RefObject} from 'preact';
import {useLayoutEffect, useRef} from 'preact/hooks';
import type {GraphBox, GraphPart, InstanceRow, StagePart, State} from '../model/parts.ts';
import {stageOf} from '../../pipeline/graph/stage-of.ts';
import {StateMark, stateNames} from './state-mark.tsx';

/** The graph in Graphviz's layout: selectable boxes over lines. */
export function Graph({
  graph: {kind, width, height, nodes, clusters, edges},
  stages,
  chosen,
  onChoose,
}: {
  graph: GraphPart;
  stages: readonly StagePart[];
  chosen: string | undefined;
  onChoose: (name: string) => void;
}): JSX.Element {
  const view = useCentred(kind, boxOf(nodes, kind, chosen));
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
      <div class="canvas" style={{width: `${width}px`, height: `${height}px`}}>
        {clusters.map(({label, ...box}, index) => (
          <div key={index} class="cluster" style={placed(box)}>
            <span>{label}</span>
          </div>
        ))}
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
        {nodes.map((node) => (
          <Node
            key={node.name}
            node={node}
            rows={kind === 'stages' ? byName.get(node.name)?.rows : [byId.get(node.name)]}
            isChosen={isOf(node, kind, chosen)}
            onChoose={onChoose}
          />
        ))}
      </div>
    </div>
  );
}

/** Whether a box stands for a stage, or for one of its instances. */
function isOf({name}: GraphBox, kind: GraphPart['kind'], stage: string | undefined): boolean {
  return (kind === 'stages' ? name : stageOf(name)) === stage;
}

function boxOf(
  nodes: readonly GraphBox[],
  kind: GraphPart['kind'],
  stage: string | undefined,
): GraphBox | undefined {
  return nodes.find((node) => isOf(node, kind, stage));
}

/** Scrolls to the selected stage when another graph is drawn, or to the middle. */
function useCentred(
  kind: GraphPart['kind'],
  box: GraphBox | undefined,
): RefObject<HTMLDivElement | null> {
  const view = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const {current} = view;
    if (current === null) return;
    const middle = box === undefined ? current.scrollWidth / 2 : box.x + box.width / 2;
    current.scrollLeft = middle - current.clientWidth / 2;
  }, [kind]);
  return view;
}

const order: readonly State[] = [
  'failed',
  'running',
  'waiting',
  'suspended',
  'skipped',
  'pending',
  'finished',
  'hit',
];

function Node({
  node: {name, label, type, count, sources, ...box},
  rows = [],
  isChosen,
  onChoose,
}: {
  node: GraphBox;
  rows: readonly (InstanceRow | undefined)[] | undefined;
  isChosen: boolean;
  onChoose: (name: string) => void;
}): JSX.Element {
  const counts = new Map<State, number>();
  for (const row of rows) {
    if (row !== undefined) counts.set(row.state, (counts.get(row.state) ?? 0) + 1);
  }
  const told = [...counts.values()].reduce((sum, one) => sum + one, 0);
  if (told < count) counts.set('pending', count - told);
  const present = order.filter((state) => counts.has(state));
  const running = rows.reduce((sum, row) => sum + (row?.done ?? 0), 0);
  const states = present.map((state) => `${counts.get(state)} ${stateNames[state]}`).join(', ');
  const from = sources.length === 0 ? '' : `; takes input from ${sources.slice(0, 8).join(', ')}`;
  return (
    <button
      type="button"
      class={`node state-${present[0] ?? 'pending'}`}
      style={placed(box)}
      title={`${name}: ${states}`}
      aria-pressed={isChosen}
      onClick={() => onChoose(name)}
    >
      <span class="node-name">
        <StateMark state={present[0] ?? 'pending'} /> <b>{label}</b>
        {count > 1 && <small> ×{count}</small>}
      </span>
      <span class="node-type">{type}</span>
      <span class="hidden">
        : {states}
        {from}
      </span>
      <span class="node-bar">
        {present.toReversed().map((state) => (
          <span
            key={state}
            class={`fill state-${state}`}
            style={{flexGrow: state === 'running' ? Math.max(0.06, running) : counts.get(state)!}}
          />
        ))}
        {counts.has('running') && (
          <span
            class="fill rest"
            style={{flexGrow: Math.max(0, counts.get('running')! - running)}}
          />
        )}
      </span>
    </button>
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
