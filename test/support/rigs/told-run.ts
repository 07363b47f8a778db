import {writeFile} from 'node:fs/promises';
import {pathToFileURL} from 'node:url';
import {groupBy} from '../../../src/base/group-by.ts';
import {installationOf} from '../../../src/cli/installation.ts';
import {readPageCode} from '../../../src/cli/page/page-code.ts';
import type {InstanceId} from '../../../src/pipeline/graph/instance.ts';
import {stageOf} from '../../../src/pipeline/graph/stage-of.ts';
import {pageHtml} from '../../../src/page/model/page-html.ts';
import type {Parts} from '../../../src/page/model/parts.ts';
import {RunPage} from '../../../src/page/model/run-page.ts';
import type {RunEvent, RunEventBody} from '../../../src/journal/event.ts';
import type {Store} from '../../../src/store/layout.ts';
import type {Key, StageRecord} from '../../../src/store/records/record.ts';
import {shownResults} from '../texts/shown-results.ts';
import {offers} from '../../../stages/offers.ts';

/** 2026-01-01, in milliseconds since the epoch. */
const epochMs = Date.UTC(2026, 0, 1);

/** Events with times in milliseconds after the start of the run. */
export function toldAt(
  ...bodies: readonly (readonly [ms: number, RunEventBody])[]
): readonly RunEvent[] {
  return bodies.map(([ms, body]) => ({at: new Date(epochMs + ms).toISOString(), ...body}));
}

/** The first events of a run with these stages, each of which takes input from the one before it. */
export function runStart(
  stages: readonly {
    readonly name: string;
    readonly type?: string;
    readonly count?: number;
    readonly description?: string;
  }[],
  pipeline = 'p.yaml',
): readonly RunEvent[] {
  const nodes = stages.map(
    ({name, type = 'say', count = 1, ...rest}) =>
      [name, {label: name, type, count, within: [], ...rest}] as const,
  );
  const edges = stages.slice(1).map(({name}, index) => [stages[index]!.name, name] as const);
  return toldAt(
    [
      0,
      {
        kind: 'run-started',
        run: 'told',
        head: {host: 'elsewhere', pid: 1},
        pipeline,
        command: `pipeline run ${pipeline}`,
        instances: stages.reduce((sum, {count = 1}) => sum + count, 0),
        devices: ['cpu:0', 'cpu:1'],
      },
    ],
    [0, {kind: 'planned', name: 'told', stages: {nodes, edges}}],
  );
}

/** The event that an instance was started. */
export function begun(
  instance: string,
  device = 'cpu:0',
): Extract<RunEventBody, {kind: 'started'}> {
  return {
    kind: 'started',
    instance: instance as InstanceId,
    key: keyOf(instance),
    attempt: instance,
    reasons: [{kind: 'never-run'}],
    devices: [device],
    log: `runs/told/logs/${instance.length}.log`,
  };
}

/** The event that it was finished, with further fields of its record. */
export function done(
  instance: string,
  record: Partial<StageRecord> = {},
): Extract<RunEventBody, {kind: 'finished'}> {
  return {
    kind: 'finished',
    instance: instance as InstanceId,
    record: {
      format: 1,
      key: keyOf(instance),
      type: 'say',
      outputs: {},
      attempt: instance,
      startedAt: new Date(epochMs).toISOString(),
      finishedAt: new Date(epochMs + 1000).toISOString(),
      durationMs: 1000,
      host: 'elsewhere',
      node: 'v20.0.0',
      provenance: {},
      ...record,
    },
  };
}

/** The event that the run ended. */
export function over(outcome: 'ok' | 'failed', savedMs = 0): RunEventBody {
  const counts = {hits: 0, ran: 0, failed: 0, skipped: 0};
  return {kind: 'run-finished', outcome, ...counts, durationMs: 5000, savedMs};
}

/** A key that belongs to an instance. */
export function keyOf(instance: string): Key {
  return Buffer.from(instance).toString('hex').padEnd(64, '0').slice(0, 64) as Key;
}

/** A run of a distillation and two evaluations, with something for every section of a page. */
export async function shownRun(store: Store): Promise<readonly RunEvent[]> {
  const results = await shownResults(store);
  const stages = groupBy(results, ({instance}) => stageOf(instance));
  return [
    ...runStart([...stages].map(([name, {length: count}]) => ({name, type: 'distill', count}))),
    ...results.flatMap(({instance, record}, index) =>
      toldAt([1000 * index, begun(instance)], [1000 * (index + 1), done(instance, record)]),
    ),
  ];
}

export async function partsOf(events: readonly RunEvent[], store: Store): Promise<Parts> {
  const page = new RunPage(store, 'told', offers.drawings);
  for (const event of events) page.add(event);
  return await page.parts(epochMs + 10_000);
}

/** Writes the page of a run to a file; gives its address. */
export async function writePage(
  events: readonly RunEvent[],
  store: Store,
  file: string,
): Promise<string> {
  const installation = installationOf(new URL('../../../src/cli/main.js', import.meta.url).href);
  const parts = await partsOf(events, store);
  await writeFile(file, pageHtml({kind: 'embedded', parts}, 'told', readPageCode(installation)));
  return pathToFileURL(file).href;
}
