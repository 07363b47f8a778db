import path from 'node:path';
import {isErrno} from '../base/errno.ts';
import type {InstanceId} from '../pipeline/instance.ts';
import type {RunEvent} from '../schedule/event.ts';
import {readJournal} from '../schedule/journal.ts';
import {readRecord} from '../store/find-record.ts';
import {runFolder, type Store} from '../store/layout.ts';
import {isAlive} from '../store/process-identity.ts';
import type {Key, StageRecord} from '../store/record.ts';
import type {FailureCause} from '../worker/protocol.ts';
import {Board} from './board.ts';

/** What became of an instance in a run, as far as its journal tells. */
export interface InstanceAccount {
  readonly id: InstanceId;
  readonly standing:
    'hit' | 'waiting' | 'running' | 'finished' | 'failed' | 'suspended' | 'skipped';
  /** Absent: it never had one, since what it needs was not done. */
  readonly key?: Key;
  /** Of the newest attempt. Absent: this run made none. */
  readonly log?: string;
  readonly cause?: FailureCause;
  /** What this run made. */
  readonly record?: StageRecord;
}

/** What a run's journal says of it. */
export interface RunAccount {
  readonly run: string;
  readonly events: readonly RunEvent[];
  /** Absent: the run was killed before it had begun. */
  readonly started?: Extract<RunEvent, {kind: 'run-started'}>;
  /** Absent: the run is live, or was killed. */
  readonly finished?: Extract<RunEvent, {kind: 'run-finished'}>;
  /** Its process runs. */
  readonly isLive: boolean;
  /** Of what the journal mentions, in the order in which it does so first. */
  readonly instances: ReadonlyMap<InstanceId, InstanceAccount>;
  readonly board: Board;
}

/** Reads the journal of a run. One that is not there, as a run has only begun or was removed, is empty. */
export function readRun(store: Store, run: string): RunAccount {
  const events = readEvents(path.join(runFolder(store, run), 'events.jsonl'));
  const board = new Board();
  const instances = new Map<InstanceId, InstanceAccount>();
  for (const event of events) {
    board.fold(event);
    if ('instance' in event)
      instances.set(event.instance, told(instances.get(event.instance), event));
  }
  const started = events.find((event) => event.kind === 'run-started');
  const finished = events.findLast((event) => event.kind === 'run-finished');
  const isLive = finished === undefined && started !== undefined && isAlive(started.head);
  return {
    run,
    events,
    ...(started && {started}),
    ...(finished && {finished}),
    isLive,
    instances,
    board,
  };
}

/** The result that an instance had in a run, if the store still has its record. */
export function resultOf(store: Store, instance: InstanceAccount): StageRecord | undefined {
  if (instance.record !== undefined) return instance.record;
  if (instance.key === undefined || instance.standing === 'failed') return undefined;
  const record = readRecord(store, instance.key);
  return typeof record === 'string' ? undefined : record;
}

function readEvents(file: string): readonly RunEvent[] {
  try {
    return readJournal(file);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

type InstanceEvent = Extract<RunEvent, {readonly instance: InstanceId}>;

function told(before: InstanceAccount | undefined, event: InstanceEvent): InstanceAccount {
  const account = {...before, id: event.instance};
  switch (event.kind) {
    case 'hit':
    case 'waiting':
      return {...account, standing: event.kind, key: event.key};
    case 'started':
      return {...account, standing: 'running', key: event.key, log: event.log};
    case 'finished':
      return {...account, standing: event.kind, key: event.record.key, record: event.record};
    case 'failed':
      return {...account, standing: event.kind, cause: event.cause};
    case 'suspended':
    case 'skipped':
      return {...account, standing: event.kind};
    case 'progress':
    case 'resumed':
      return {...account, standing: before?.standing ?? 'running'};
  }
}
