import type {InstanceId} from '../pipeline/graph/instance.ts';
import {stageOf} from '../pipeline/graph/stage-of.ts';
import type {RunEvent, RunFacts} from './event.ts';
import {readRunEvents} from './members/read-run-events.ts';
import {memberOfLog, RunMembers, type RunMember} from './members/run-members.ts';
import {readRecord} from '../store/records/find-record.ts';
import type {Store} from '../store/layout.ts';
import {isAlive, seemsAlive} from '../store/claims/members.ts';
import type {Key, StageRecord} from '../store/records/record.ts';
import type {FailureCause} from '../worker/protocol.ts';
import {RunState, type RunningInstance} from './run-state.ts';

/** The course of an instance in a run, as far as the journal tells. */
export interface InstanceAccount {
  readonly id: InstanceId;
  readonly standing:
    'hit' | 'waiting' | 'running' | 'finished' | 'failed' | 'suspended' | 'skipped' | 'unstarted';
  /** Absent: it never had one, since an input was not done. */
  readonly key?: Key;
  /** The log of each attempt of this run, in order: paths relative to the store. */
  readonly logs: readonly string[];
  /** Absent: it did not fail. */
  readonly cause?: FailureCause;
  /** For a suspended instance, the time that it was given to stop before it was ended. Absent: it stopped. */
  readonly endedAfterMs?: number;
  /** The record that this run made. */
  readonly record?: StageRecord;
}

/** A member of a run on a cluster: at work, gone, or dead although it has not said that it leaves. */
export interface MemberAccount extends RunMember {
  readonly standing: 'working' | 'left' | 'dead';
  /** What it computes, or did when it died. */
  readonly running: readonly RunningInstance[];
}

/** What happened in a run, folded event by event. */
export class RunAccount {
  readonly run: string;
  readonly state = new RunState();
  /** Number of lines of the journal without an event, whose information is missing here. */
  unreadable = 0;
  readonly #instances = new Map<InstanceId, InstanceAccount>();
  readonly #members = new RunMembers();
  #planned: Extract<RunEvent, {kind: 'planned'}> | undefined;
  #started: Extract<RunEvent, {kind: 'run-started'}> | undefined;
  #finished: Extract<RunEvent, {kind: 'run-finished'}> | undefined;
  #lastMs = 0;
  readonly #store: Store;

  constructor(store: Store, run: string) {
    this.#store = store;
    this.run = run;
  }

  /** The instances that the journal mentions, in the order of their first mention. */
  get instances(): ReadonlyMap<InstanceId, InstanceAccount> {
    return this.#instances;
  }

  /** Absent: the run was killed before it had begun. */
  get started(): Extract<RunEvent, {kind: 'run-started'}> | undefined {
    return this.#started;
  }

  /** Absent: it was killed before it had begun, or is of a version that did not record its graph. */
  get planned(): Extract<RunEvent, {kind: 'planned'}> | undefined {
    return this.#planned;
  }

  /** Absent: the run is live, or was killed. */
  get finished(): Extract<RunEvent, {kind: 'run-finished'}> | undefined {
    return this.#finished;
  }

  /** Absent: no command line started the run, or it ended before it knew its instances. */
  get facts(): RunFacts | undefined {
    return this.#planned?.facts;
  }

  /** The time of the last event, in milliseconds since the epoch. */
  get lastMs(): number {
    return this.#lastMs;
  }

  /** Whether the run goes on: its process lives or, on a cluster, a member, as far as it can be seen from here. */
  get isLive(): boolean {
    if (this.#finished !== undefined || this.#started === undefined) return false;
    const {head, cluster} = this.#started;
    const lives = cluster === undefined ? isAlive : seemsAlive;
    return (
      lives(this.#store, head) ||
      this.#members.joined.some((member) => this.#standingOf(member) === 'working')
    );
  }

  /** Whether a run that is not over has members that are to come. */
  get isAwaited(): boolean {
    return this.#finished === undefined && this.awaited.size > 0;
  }

  /** The outcome of a run that is over. `submitted`: nothing of it lives, and members are to come. */
  get outcome(): 'ok' | 'failed' | 'suspended' | 'running' | 'submitted' | 'killed' {
    if (this.#finished !== undefined) return this.#finished.outcome;
    if (this.isLive) return 'running';
    return this.isAwaited ? 'submitted' : 'killed';
  }

  /** Its members, if it is on a cluster, in the order in which they joined. */
  get members(): readonly MemberAccount[] {
    const {running} = this.state;
    return this.#members.joined.map((member) => ({
      ...member,
      standing: this.#standingOf(member),
      running: running.filter(({log}) => memberOfLog(log) === member.head.member),
    }));
  }

  /** Whether any member of the run is at work. All are looked at, so that the silence of each is measured. */
  get areAtWork(): boolean {
    return this.#members.joined.map((member) => this.#standingOf(member)).includes('working');
  }

  /** Whether a member of the run is at work, as far as it can be seen from here. */
  isAtWork(member: string): boolean {
    const found = this.#members.find(member);
    return found !== undefined && this.#standingOf(found) === 'working';
  }

  /** The number of members of each pool that are to come, where there are any (`RunMembers`). */
  get awaited(): ReadonlyMap<string, number> {
    return this.#members.awaited;
  }

  add(event: RunEvent): void {
    this.state.fold(event);
    this.#members.add(event);
    this.#lastMs = Date.parse(event.at);
    if (event.kind === 'run-started') this.#started = event;
    if (event.kind === 'planned') this.#planned = event;
    if (event.kind === 'run-finished') this.#finished = event;
    if ('instance' in event) {
      this.#instances.set(event.instance, told(this.#instances.get(event.instance), event));
    }
  }

  #standingOf({head, left}: RunMember): MemberAccount['standing'] {
    if (left !== undefined) return 'left';
    return seemsAlive(this.#store, head) ? 'working' : 'dead';
  }
}

/** Reads what happened in a run. */
export function readRun(store: Store, run: string): RunAccount {
  const account = new RunAccount(store, run);
  const {events, unreadable} = readRunEvents(store, run);
  for (const event of events) account.add(event);
  account.unreadable = unreadable;
  return account;
}

/** What the author of the pipeline says about the stage of an instance. */
export function descriptionIn({planned}: RunAccount, instance: string): string | undefined {
  const stage = stageOf(instance);
  return planned?.stages.nodes.find(([name]) => name === stage)?.[1].description;
}

/** Whether an instance has a result in a run. */
export function hasResult(told: Pick<InstanceAccount, 'standing'> | undefined): boolean {
  return told?.standing === 'hit' || told?.standing === 'finished';
}

/** The result of an instance in a run, if the store still has its record. */
export function resultOf(store: Store, instance: InstanceAccount): StageRecord | undefined {
  if (instance.record !== undefined) return instance.record;
  if (instance.key === undefined || instance.standing === 'failed') return undefined;
  const record = readRecord(store, instance.key);
  return typeof record === 'string' ? undefined : record;
}

type InstanceEvent = Extract<RunEvent, {readonly instance: InstanceId}>;

function told(before: InstanceAccount | undefined, event: InstanceEvent): InstanceAccount {
  const account = {logs: [], ...before, id: event.instance};
  switch (event.kind) {
    case 'hit':
    case 'waiting':
      return {...account, standing: event.kind, key: event.key};
    case 'started': {
      const {cause: _cause, endedAfterMs: _ended, ...anew} = account;
      return {...anew, standing: 'running', key: event.key, logs: [...account.logs, event.log]};
    }
    case 'finished': {
      const {cause: _cause, ...rest} = account;
      return {...rest, standing: event.kind, key: event.record.key, record: event.record};
    }
    case 'failed':
      return {...account, standing: event.kind, cause: event.cause};
    case 'skipped':
      return {...account, standing: event.kind};
    case 'suspended':
    case 'unstarted': {
      // An instance that a stop left unstarted may have been due for another attempt. Journals from before the event
      // `unstarted` call it suspended, too.
      const standing = account.logs.length > 0 ? 'suspended' : 'unstarted';
      const endedAfterMs = 'endedAfterMs' in event ? event.endedAfterMs : undefined;
      return {...account, standing, ...(endedAfterMs !== undefined && {endedAfterMs})};
    }
    case 'progress':
    case 'resumed':
    case 'warned':
    case 'overdue':
    case 'quiet':
    case 'stirred':
    case 'retrying':
      return {...account, standing: before?.standing ?? 'running'};
    case 'fetching':
    case 'waiting-for-gpu':
      return {...account, standing: 'waiting'};
  }
}
