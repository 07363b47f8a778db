import {mkdir, writeFile, appendFile} from 'node:fs/promises';
import path from 'node:path';
import type {RunEvent, RunEventBody} from '../../../src/journal/event.ts';
import {processIdentity} from '../../../src/store/claims/process-identity.ts';
import {
  journalPath,
  memberJournalPath,
  runMemberFolder,
  type Store,
} from '../../../src/store/layout.ts';
import {begun, toldAt} from './told-run.ts';

/** Names of members. */
export const [first, second] = ['aaaaaaaaaaaaaaaa', 'bbbbbbbbbbbbbbbb'] as const;

/** The start of a run on a cluster whose submitting process has ended. */
export function clusterStart(instances: number): RunEventBody {
  return {
    kind: 'run-started',
    run: 'told',
    head: {...processIdentity(process.pid), startTime: '0'},
    pipeline: 'p.yaml',
    command: 'pipeline run p.yaml --on hpc',
    instances,
    devices: [],
    cluster: 'hpc',
  };
}

/** The event that a member joined; it is this process if it is alive. */
export function joined(
  member: string,
  {name = `node-${member[0]!}`, isAlive = true, job = undefined as string | undefined} = {},
): RunEventBody {
  const head = {...processIdentity(process.pid), member};
  return {
    kind: 'member-joined',
    head: isAlive ? head : {...head, startTime: '0'},
    name,
    pool: 'gpu',
    devices: [`${name}/cpu:0`],
    ...(job !== undefined && {job}),
  };
}

/** The event that an instance was started at a member. */
export function begunAt(member: string, instance: string): RunEventBody {
  return {
    ...begun(instance, `node-${member[0]!}/cpu:0`),
    attempt: `${instance}-${member[0]!}`,
    log: `runs/told/members/${member}/logs/${instance}.log`,
  };
}

/** The time of each event, in milliseconds after the start of the run, and the event. */
export type Told = readonly (readonly [ms: number, RunEventBody])[];

/** Writes the journals of a run, which is named `told`: its own, and those of members. */
export async function writeClusterRun(
  store: Store,
  own: Told,
  members: Readonly<Record<string, Told>> = {},
): Promise<void> {
  await mkdir(path.dirname(journalPath(store, 'told')), {recursive: true});
  await writeFile(journalPath(store, 'told'), linesOf(toldAt(...own)));
  for (const [member, told] of Object.entries(members)) await tell(store, member, told);
}

/** Adds events to the journal of a member. */
export async function tell(store: Store, member: string, told: Told): Promise<void> {
  await mkdir(path.join(runMemberFolder(store, 'told', member), 'logs'), {recursive: true});
  await appendFile(memberJournalPath(store, 'told', member), linesOf(toldAt(...told)));
}

function linesOf(events: readonly RunEvent[]): string {
  return events.map((event) => `${JSON.stringify(event)}\n`).join('');
}
