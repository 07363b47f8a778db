import {appendFile, mkdir} from 'node:fs/promises';
import path from 'node:path';
import type {RunEvent} from '../../../src/journal/event.ts';
import {journalPath, type Store} from '../../../src/store/layout.ts';

/** Adds events to the journal of a run, which may be new. */
export async function writeEvents(
  store: Store,
  run: string,
  events: readonly RunEvent[],
): Promise<void> {
  const file = journalPath(store, run);
  await mkdir(path.dirname(file), {recursive: true});
  await appendFile(file, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
}

/** The events of a run with what was set and the parameters of its pipeline. */
export function withSet(
  events: readonly RunEvent[],
  set: Readonly<Record<string, string>>,
): readonly RunEvent[] {
  const facts = {
    version: '1',
    node: '20',
    processor: 'p',
    set: Object.entries(set).map(([name, value]) => `${name}=${value}`),
  };
  return events.map((event) => (event.kind === 'planned' ? {...event, facts, params: set} : event));
}
