/** A page: draws embedded data, or the data that its server sends. */
import {render} from 'preact';
import {followServer} from './follow-server.ts';
import {Page} from './page.tsx';
import {Store, type SomeParts} from './store.ts';

const embedded = document.querySelector('#parts');
const parts = embedded === null ? {} : (JSON.parse(embedded.textContent) as SomeParts);
const store = new Store(parts);
const root = document.querySelector('#page')!;
root.replaceChildren();
render(<Page store={store} isServed={embedded === null} />, root);
if (embedded === null) followServer(store);
