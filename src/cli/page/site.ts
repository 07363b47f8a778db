import type {LivePage} from './live-page.ts';

/** The pages of a server. Places are the ends of their addresses: empty, or with `/` at their end. */
export interface Site {
  /** `undefined`: there is nothing. */
  find(place: string): Place | undefined;
  /** Sends all viewers the final state, and closes. Rejects if a page could not be read. */
  end(): Promise<void>;
}

/** A page at a place. */
export interface Place {
  readonly title: string;
  /** The relative address of the page of all runs. Absent: there is none above this one. */
  readonly up?: string;
  /** The page, which is read from when there is a viewer. */
  page(): LivePage;
}

/** A site of one page, at the empty place. */
export function onePage(page: LivePage): Site {
  return {
    find: (place) => (place === '' ? {title: page.title, page: () => page} : undefined),
    end: () => page.end(),
  };
}
