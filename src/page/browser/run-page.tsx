import type {JSX} from 'preact';
import {useState} from 'preact/hooks';
import type {Overview, Parts} from '../model/parts.ts';
import {Changes} from './changes.tsx';
import {Charts} from './charts/charts.tsx';
import {DetailDialog} from './detail-dialog.tsx';
import {addressAbove, Frame, section, some, useTitle, type Section} from './frame.tsx';
import {Facts, Failures, Masthead, Tiles} from './overview.tsx';
import {Galleries} from './pictures/galleries.tsx';
import {Histograms} from './charts/histograms.tsx';
import {Pipeline} from './graph/pipeline.tsx';
import type {Store} from './store.ts';
import {Results} from './results.tsx';
import type {Theme} from './theme.ts';
import {Timeline} from './charts/timeline.tsx';

/** The page of a run. Empty sections are left out. */
export function RunPage({
  store,
  isServed,
  theme,
  overview,
}: {
  store: Store;
  isServed: boolean;
  theme: Theme;
  overview: Overview;
}): JSX.Element {
  const {parts} = store;
  const [shown, setShown] = useState<string>();
  useTitle(`${marks[overview.state]} ${overview.name}`);
  const stage = parts.stages?.find(({rows}) => rows.some(({id}) => id === shown));
  const sections = sectionsOf(parts, theme.name, setShown);
  return (
    <>
      <Frame {...{store, isServed, theme, sections}} up={addressAbove()}>
        <Masthead overview={overview} />
        <Tiles overview={overview} />
        <Failures overview={overview} logOf={(id) => store.detail(id)?.log} onShow={setShown} />
      </Frame>
      <DetailDialog
        id={shown}
        row={stage?.rows.find(({id}) => id === shown)}
        description={stage?.description}
        detail={shown === undefined ? undefined : store.detail(shown)}
        onClose={() => setShown(undefined)}
      />
    </>
  );
}

const marks = {
  ok: '✓',
  failed: '✗',
  suspended: '‖',
  running: '▸',
  submitted: '…',
  killed: '✗',
} as const;

function sectionsOf(
  {
    texts,
    scores,
    galleries,
    charts,
    histograms,
    graphs = [],
    stages,
    timeline,
    changes,
    overview,
    notes,
  }: Partial<Parts>,
  theme: string,
  onShow: (id: string) => void,
): readonly Section[] {
  return [
    ...section(
      'results',
      'Results',
      (some(texts) || some(scores)) && <Results texts={texts ?? []} scores={scores ?? []} />,
    ),
    ...section('images', 'Images', some(galleries) && <Galleries galleries={galleries} />),
    ...section('curves', 'Curves', some(charts) && <Charts charts={charts} theme={theme} />),
    ...section(
      'pipeline',
      'Pipeline',
      some(stages) && <Pipeline {...{graphs, stages, overview, onShow}} />,
    ),
    ...section(
      'timeline',
      'Timeline',
      timeline !== undefined && timeline.bars.length > 0 && (
        <Timeline timeline={timeline} stages={stages ?? []} onShow={onShow} />
      ),
    ),
    ...section(
      'histograms',
      'Histograms',
      some(histograms) && <Histograms histograms={histograms} theme={theme} />,
    ),
    ...section(
      'changes',
      'Changes',
      changes !== undefined && changes !== null && <Changes changes={changes} onShow={onShow} />,
    ),
    ...section(
      'about',
      'About',
      overview !== undefined && <Facts overview={overview} notes={notes ?? []} />,
    ),
  ];
}
