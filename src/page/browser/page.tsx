import type {JSX} from 'preact';
import {useEffect, useRef, useState} from 'preact/hooks';
import type {Parts} from '../model/parts.ts';
import {Changes} from './changes.tsx';
import {Charts} from './charts/charts.tsx';
import {DetailDialog} from './detail-dialog.tsx';
import {useFading} from './fading.ts';
import {Facts, Failures, Masthead, Tiles} from './overview.tsx';
import {Galleries} from './pictures/galleries.tsx';
import {Histograms} from './charts/histograms.tsx';
import {Pipeline} from './graph/pipeline.tsx';
import {useStore, type Store} from './store.ts';
import {Results} from './results.tsx';
import {useTheme} from './theme.ts';
import {Timeline} from './charts/timeline.tsx';

/** The whole page. Empty sections are left out. */
export function Page({store, isServed}: {store: Store; isServed: boolean}): JSX.Element {
  const parts = useStore(store);
  const theme = useTheme();
  const [shown, setShown] = useState<string>();
  const {overview} = parts;
  useTitle(overview && `${marks[overview.state]} ${overview.name}`);
  if (overview === undefined) {
    return (
      <p class="waiting">{isServed ? 'Waiting for the run …' : 'There is nothing to show.'}</p>
    );
  }
  const stage = parts.stages?.find(({rows}) => rows.some(({id}) => id === shown));
  const sections = sectionsOf(parts, theme.name, setShown);
  return (
    <>
      <a class="skip" href="#content">
        Skip to the content
      </a>
      <header class="top">
        <div class="bar">
          <Sections sections={sections} />
          {isServed && <LinkState link={store.link} />}
          <button type="button" class="quiet" onClick={theme.toggle}>
            <span aria-hidden="true">{theme.name === 'dark' ? '☀' : '☾'}</span>{' '}
            {theme.name === 'dark' ? 'Light' : 'Dark'}
          </button>
        </div>
      </header>
      <main id="content" tabIndex={-1}>
        <Masthead overview={overview} />
        <Tiles overview={overview} />
        <Failures overview={overview} logOf={(id) => store.detail(id)?.log} onShow={setShown} />
        {sections.map(({id, title, content}) => (
          <section key={id} id={id} aria-labelledby={`${id}-title`}>
            <h2 id={`${id}-title`}>{title}</h2>
            {content}
          </section>
        ))}
      </main>
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

function Sections({sections}: {sections: readonly Section[]}): JSX.Element {
  const view = useRef<HTMLElement>(null);
  useFading(view);
  return (
    <nav ref={view} aria-label="Sections">
      {sections.map(({id, title}) => (
        <a key={id} href={`#${id}`}>
          {title}
        </a>
      ))}
    </nav>
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

interface Section {
  readonly id: string;
  readonly title: string;
  readonly content: JSX.Element;
}

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
  const section = (id: string, title: string, content: JSX.Element | false): readonly Section[] =>
    content === false ? [] : [{id, title, content}];
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

function some<T>(list: readonly T[] | undefined): list is readonly T[] {
  return list !== undefined && list.length > 0;
}

function LinkState({link}: {link: Store['link']}): JSX.Element {
  const texts = {live: 'Live', lost: 'Connection lost', ended: 'Ended'} as const;
  return (
    <span class={`link-state ${link}`} role="status">
      {texts[link]}
    </span>
  );
}

function useTitle(title: string | undefined): void {
  useEffect(() => {
    if (title !== undefined) document.title = title;
  }, [title]);
}
