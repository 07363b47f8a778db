import {mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import type {Json} from '../../../src/base/json.ts';
import type {RunEvent, RunEventBody} from '../../../src/journal/event.ts';
import {writeTable} from '../../../src/learning/codecs/table-arrow.ts';
import {journalPath, type Store} from '../../../src/store/layout.ts';
import type {RecordedOutput} from '../../../src/store/records/record.ts';
import {stored} from '../texts/shown-results.ts';
import {over} from './told-run.ts';

/** The name of the run of a minute in 2026. */
export function runAt(minute: number): string {
  const at = new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString().slice(0, 16);
  return `${at.replaceAll(/[-:]/g, '').replace('T', '-')}00.000-aaaaaa`;
}

/** Writes the journal of a run: its beginning, what is told of its instances, and its end. Gives its name. */
export async function tellRun(
  store: Store,
  minute: number,
  told: {
    readonly events: readonly RunEventBody[];
    readonly pipeline?: string;
    readonly set?: readonly string[];
    readonly params?: Readonly<Record<string, Json>>;
    readonly outcome?: 'ok' | 'failed';
  },
): Promise<string> {
  const {events, pipeline = 'p.yaml', set = [], params = {}, outcome = 'ok'} = told;
  const run = runAt(minute);
  const at = new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();
  const facts = {version: '1', node: '20', processor: 'p', set};
  const bodies: readonly RunEventBody[] = [
    {
      kind: 'run-started',
      run,
      head: {host: 'elsewhere', pid: 1},
      pipeline,
      instances: events.length,
      devices: ['cpu:0'],
    },
    {kind: 'planned', name: 'told', params, stages: {nodes: [], edges: []}, facts},
    ...events,
    over(outcome),
  ];
  const lines = bodies.map((body): RunEvent => ({at, ...body}));
  await mkdir(path.dirname(journalPath(store, run)), {recursive: true});
  await writeFile(path.join(store.root, 'store.json'), '{"format": 1}');
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  await writeFile(journalPath(store, run), text);
  return run;
}

/** Stores the scores of a network, with one accuracy for each trial. */
export async function storedScores(
  store: Store,
  ...accuracies: readonly number[]
): Promise<RecordedOutput> {
  const [, artifact] = await stored(store, (file) =>
    writeTable(file, {
      model: accuracies.map(() => 'm'),
      set: accuracies.map(() => 'ours'),
      iteration: Int32Array.from(accuracies, () => 9),
      accuracy: Float64Array.from(accuracies),
    }),
  );
  return {media: 'scores', artifacts: [artifact]};
}
