import type {JSX} from 'preact';
import {useState} from 'preact/hooks';
import type {GraphPart, Overview, StagePart} from '../../model/parts.ts';
import {stageOf} from '../../../pipeline/graph/stage-of.ts';
import {Graph} from './graph.tsx';
import {StagePanel} from './stage-panel.tsx';

/** The graph, with the selected stage beside it. */
export function Pipeline({
  graphs,
  stages,
  overview,
  onShow,
}: {
  graphs: readonly GraphPart[];
  overview: Overview | undefined;
  stages: readonly StagePart[];
  onShow: (id: string) => void;
}): JSX.Element {
  const [chosen, setChosen] = useState<string>();
  const [kind, setKind] = useState<GraphPart['kind']>('stages');
  const stage = stages.find(({name}) => name === chosen) ?? notable(stages);
  const graph = graphs.find((one) => one.kind === kind) ?? graphs[0];
  return (
    <>
      {graphs.length > 1 && (
        <div class="choice" role="group" aria-label="What is drawn">
          {graphs.map((one) => (
            <button
              key={one.kind}
              type="button"
              aria-pressed={one.kind === graph?.kind}
              onClick={() => setKind(one.kind)}
            >
              {kindNames[one.kind]}
            </button>
          ))}
        </div>
      )}
      <div class={`pipeline ${graph !== undefined && graph.width > 560 ? 'wide' : ''}`}>
        {graph === undefined ? (
          <StageChoice stages={stages} chosen={stage?.name} onChoose={setChosen} />
        ) : (
          <Graph
            graph={graph}
            stages={stages}
            isOver={overview?.state !== 'running'}
            chosen={stage?.name}
            onChoose={(name) => {
              setChosen(stageOf(name));
              if (graph.kind === 'stages') return;
              if (stages.some(({rows}) => rows.some(({id}) => id === name))) onShow(name);
              else if (graph.kind === 'instances') setKind('all');
            }}
          />
        )}
        {stage !== undefined && <StagePanel key={stage.name} stage={stage} onShow={onShow} />}
      </div>
    </>
  );
}

const kindNames = {stages: 'Stages', instances: 'Instances', all: 'All instances'} as const;

/** The stage to show first: one that failed, one that runs, or the last. */
function notable(stages: readonly StagePart[]): StagePart | undefined {
  const withState = (wanted: string): StagePart | undefined =>
    stages.find(({rows}) => rows.some(({state}) => state === wanted));
  return (
    withState('failed') ??
    withState('running') ??
    stages.find(({count}) => count > 1) ??
    stages.at(-1)
  );
}

/** Replaces the graph for runs of earlier versions, which did not record it. */
function StageChoice({
  stages,
  chosen,
  onChoose,
}: {
  stages: readonly StagePart[];
  chosen: string | undefined;
  onChoose: (name: string) => void;
}): JSX.Element {
  return (
    <div class="card">
      <p class="hint">This run did not keep its graph.</p>
      <ul class="plain">
        {stages.map(({name}) => (
          <li key={name}>
            <button
              type="button"
              class="text"
              aria-pressed={name === chosen}
              onClick={() => onChoose(name)}
            >
              {name}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
