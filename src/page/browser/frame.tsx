import type {ComponentChildren, JSX} from 'preact';
import {useLayoutEffect, useRef} from 'preact/hooks';
import {useFading} from './fading.ts';
import type {Store} from './store.ts';
import type {Theme} from './theme.ts';

export interface Section {
  readonly id: string;
  readonly title: string;
  readonly content: JSX.Element;
}

/** A section in a list; none without content. */
export function section(
  id: string,
  title: string,
  content: JSX.Element | false,
): readonly Section[] {
  return content === false ? [] : [{id, title, content}];
}

export function some<T>(list: readonly T[] | undefined): list is readonly T[] {
  return list !== undefined && list.length > 0;
}

/** What all pages have: a bar with links to the sections, what stands above these, and the sections. */
export function Frame({
  store,
  isServed,
  theme,
  up,
  sections,
  children,
}: {
  store: Store;
  isServed: boolean;
  theme: Theme;
  /** The address of the page of all runs. */
  up: string | undefined;
  sections: readonly Section[];
  children: ComponentChildren;
}): JSX.Element {
  return (
    <>
      <a class="skip" href="#content">
        Skip to the content
      </a>
      <header class="top">
        <div class="bar">
          {up !== undefined && (
            <a class="quiet" href={up}>
              <span aria-hidden="true">←</span> All runs
            </a>
          )}
          <Sections sections={sections} />
          {isServed && <LinkState link={store.link} />}
          <button type="button" class="quiet" onClick={theme.toggle}>
            <span aria-hidden="true">{theme.name === 'dark' ? '☀' : '☾'}</span>{' '}
            {theme.name === 'dark' ? 'Light' : 'Dark'}
          </button>
        </div>
      </header>
      <main id="content" tabIndex={-1}>
        {children}
        {sections.map(({id, title, content}) => (
          <section key={id} id={id} aria-labelledby={`${id}-title`}>
            <h2 id={`${id}-title`}>{title}</h2>
            {content}
          </section>
        ))}
      </main>
    </>
  );
}

/** The relative address of the page of all runs, if there is one above this page. */
export function addressAbove(): string | undefined {
  return document.querySelector('link[rel=up]')?.getAttribute('href') ?? undefined;
}

function Sections({sections}: {sections: readonly Section[]}): JSX.Element {
  const view = useRef<HTMLElement>(null);
  useFading(view);
  return (
    <nav ref={view} aria-label="Sections">
      {sections.length > 1 &&
        sections.map(({id, title}) => (
          <a key={id} href={`#${id}`}>
            {title}
          </a>
        ))}
    </nav>
  );
}

function LinkState({link}: {link: Store['link']}): JSX.Element {
  const texts = {live: 'Live', lost: 'Connection lost', ended: 'Ended'} as const;
  return (
    <span class={`link-state ${link}`} role="status">
      {texts[link]}
    </span>
  );
}

export function useTitle(title: string | undefined): void {
  useLayoutEffect(() => {
    if (title !== undefined) document.title = title;
  }, [title]);
}
