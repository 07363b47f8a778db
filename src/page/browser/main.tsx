/** The page of a run: draws embedded data, or the data that its server sends. */
import {render} from 'preact';
import type {Parts} from '../model/parts.ts';
import {followServer} from './follow-server.ts';
import {Page} from './page.tsx';
import {Store} from './store.ts';

const embedded = document.querySelector('#parts');
const parts = embedded === null ? {} : (JSON.parse(embedded.textContent) as Partial<Parts>);
const store = new Store(parts);
const root = document.querySelector('#page')!;
root.replaceChildren();
render(<Page store={store} isServed={embedded === null} />, root);
if (embedded === null) followServer(store);
