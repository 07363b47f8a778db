/** The page of a run: draws what it was given, or what the server that sent it tells from then on. */
import {render} from 'preact';
import {followServer} from './follow-server.ts';
import {Page} from './page.tsx';
import {Store} from './store.ts';

const embedded = document.querySelector('#parts');
const store = new Store(embedded === null ? {} : JSON.parse(embedded.textContent));
const root = document.querySelector('#page')!;
root.replaceChildren();
render(<Page store={store} isServed={embedded === null} />, root);
if (embedded === null) followServer(store);
