import type {SomeParts, Store} from './store.ts';

/** Receives changed parts from the server until the server says that there will be no more. */
export function followServer(store: Store): void {
  const source = new EventSource('events');
  let isOver = false;
  source.addEventListener('parts', ({data}: MessageEvent<string>) => {
    store.take(JSON.parse(data) as SomeParts);
    store.takeLink('live');
  });
  source.addEventListener('end', () => {
    isOver = true;
    store.takeLink('ended');
  });
  source.addEventListener('error', () => {
    // The server that has told everything is gone.
    if (isOver) source.close();
    // The browser retries by itself.
    else store.takeLink('lost');
  });
}
