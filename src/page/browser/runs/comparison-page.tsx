import type {JSX} from 'preact';
import type {ComparisonPart} from '../../model/runs/runs-parts.ts';
import {Charts} from '../charts/charts.tsx';
import {Scores} from '../charts/scores.tsx';
import {addressAbove, Frame, section, some, useTitle, type Section} from '../frame.tsx';
import {Galleries} from '../pictures/galleries.tsx';
import type {SomeParts, Store} from '../store.ts';
import type {Theme} from '../theme.ts';
import {chosenHash} from './addresses.ts';
import {ComparedRuns} from './compared-runs.tsx';
import {ComparedTables} from './compared-tables.tsx';
import {MetricsTable, ValuesTable} from './values-tables.tsx';
import {RunLegend} from './run-legend.tsx';

/** Several runs beside each other. Empty sections are left out. */
export function ComparisonPage({
  store,
  isServed,
  theme,
  comparison,
}: {
  store: Store;
  isServed: boolean;
  theme: Theme;
  comparison: ComparisonPart;
}): JSX.Element {
  const {runs} = comparison;
  const above = addressAbove();
  const title = `${runs.length} runs`;
  useTitle(title);
  const pipelines = [...new Set(runs.map(({pipeline}) => pipeline))].filter(Boolean);
  return (
    <Frame
      {...{store, isServed, theme}}
      up={above && above + chosenHash(runs.map(({run}) => run))}
      sections={sectionsOf(comparison, store.parts, theme.name)}
    >
      <div class="masthead">
        <p class="eyebrow">{pipelines.join(', ')}</p>
        <h1>{title}, side by side</h1>
      </div>
      <ComparedRuns runs={runs} above={above} />
    </Frame>
  );
}

function sectionsOf(
  {runs, parameters, metrics, shared}: ComparisonPart,
  {tables, scores, galleries, charts, notes}: SomeParts,
  theme: string,
): readonly Section[] {
  const marked = (id: string, title: string, content: JSX.Element | false): readonly Section[] =>
    section(
      id,
      title,
      content && (
        <>
          <RunLegend runs={runs} />
          {content}
        </>
      ),
    );
  return [
    ...section(
      'parameters',
      'Parameters that differ',
      <ValuesTable runs={runs} rows={parameters} label="Parameters" />,
    ),
    ...section('numbers', 'Numbers', some(metrics) && <MetricsTable runs={runs} rows={metrics} />),
    ...marked(
      'results',
      'Results',
      (some(tables) || some(scores)) && (
        <div class="results">
          <ComparedTables tables={tables ?? []} />
          {scores?.map((score) => (
            <Scores key={score.title} score={score} />
          ))}
        </div>
      ),
    ),
    ...marked('images', 'Images', some(galleries) && <Galleries galleries={galleries} />),
    ...marked('curves', 'Curves', some(charts) && <Charts charts={charts} theme={theme} />),
    ...section(
      'shared',
      'Shared results',
      some(shared) && <ValuesTable runs={runs} rows={shared} label="Shared results" />,
    ),
    ...section('notes', 'Notes', some(notes) && <Notes notes={notes} />),
  ];
}

function Notes({notes}: {notes: readonly string[]}): JSX.Element {
  return (
    <ul class="card hint">
      {notes.map((note) => (
        <li key={note}>{note}</li>
      ))}
    </ul>
  );
}
