import type {Parts} from '../model/parts.ts';
import type {Store} from './store.ts';

/** Receives changed parts from the server until the server says that there will be no more. */
export function followServer(store: Store): void {
  const source = new EventSource('events');
  source.addEventListener('parts', ({data}: MessageEvent<string>) => {
    store.take(JSON.parse(data) as Partial<Parts>);
    store.takeLink('live');
  });
  source.addEventListener('end', () => {
    source.close();
    store.takeLink('ended');
  });
  // The browser retries by itself.
  source.addEventListener('error', () => store.takeLink('lost'));
}
