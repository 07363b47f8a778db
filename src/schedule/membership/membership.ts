import {existsSync} from 'node:fs';
import {isSystemError} from '../../base/errno.ts';
import {demandOf, type Demand} from '../../pipeline/graph/demand.ts';
import type {LeaveReason} from '../../journal/event.ts';
import {findLease} from '../../store/claims/lease.ts';
import type {ProcessIdentity} from '../../store/claims/process-identity.ts';
import {runMemberFolder, type Store} from '../../store/layout.ts';
import type {Key} from '../../store/records/record.ts';
import type {Waits} from '../delays.ts';
import {findShortage} from '../device-request.ts';
import type {Executor} from '../executor.ts';
import type {Part} from '../part.ts';
import {isStored} from '../watches/result-watch.ts';
import type {Task} from '../run-queue.ts';
import {isAskedToStop, isClosed, type RunNotes} from './run-notes.ts';

/** The facts about a member that decide what it takes, and until when. */
export interface MemberTerms {
  /** The name of its machine. */
  readonly machine: string;
  /** The cluster's name for its allocation. Absent: it has none. */
  readonly job?: string;
  readonly pool: string;
  /** The demands of the instances that its pool takes. */
  readonly takes: readonly Demand[];
  /** The end of its allocation, in milliseconds since the epoch. Absent: there is none. */
  readonly endMs?: number;
  /** Whether its allocation may be continued after that, and not too often before. */
  readonly mayContinue: boolean;
}

export interface MembershipSetup {
  readonly store: Store;
  readonly run: string;
  readonly notes: RunNotes;
  readonly terms: MemberTerms;
  readonly executor: Executor;
  readonly keepGoing: boolean;
  readonly waits: Pick<Waits, 'stopPollMs' | 'stopBeforeMs' | 'idleMs'>;
  /** When a caller aborts it, the member leaves. */
  readonly stopSignal: AbortSignal;
  /** Whether no other member of the run is at work, and none is to come. */
  readonly isLast: () => boolean;
  /** Called when the member begins to leave before its work is done. */
  readonly onLeaving: (why: LeaveReason) => void;
}

/** The stay of a member in a run: what it takes, and when it leaves. */
export class Membership implements Part {
  readonly #setup: MembershipSetup;
  readonly #stop = new AbortController();
  readonly #halt = new AbortController();
  /** The keys that the member would have taken if it had had more time. */
  readonly #tooLong = new Set<Key>();
  #isExpecting = false;
  #why: LeaveReason | undefined;
  #looks: NodeJS.Timeout | undefined;
  #rest: NodeJS.Timeout | undefined;

  constructor(setup: MembershipSetup) {
    this.#setup = setup;
  }

  /** When the member aborts it, running instances save checkpoints and stop. */
  get stopSignal(): AbortSignal {
    return this.#stop.signal;
  }

  get haltSignal(): AbortSignal {
    return this.#halt.signal;
  }

  /** Looks at the notes of the run, now and from now on. */
  begin(): void {
    const {stopSignal, waits} = this.#setup;
    const stop = (): void => this.#leave('stop', this.#stop);
    if (stopSignal.aborted) stop();
    else stopSignal.addEventListener('abort', stop);
    this.#look();
    this.#looks = setInterval(() => this.#look(), waits.stopPollMs);
  }

  /** Ends it. Gives the reason; `undefined`: the member has nothing more to do. */
  end(): LeaveReason | undefined {
    clearInterval(this.#looks);
    this.rest(false, false);
    return this.#why;
  }

  takes({instance: {resources}, key}: Pick<Task, 'instance' | 'key'>): boolean {
    const {terms, executor} = this.#setup;
    const {takes} = terms;
    const demand = demandOf(resources);
    const machine = {slots: executor.capacity('cpu'), gpus: executor.capacity('gpu')};
    // A member with GPUs that finds none is broken: what prefers a GPU is better off elsewhere.
    const lacksGpu = demand === 'device' && takes.includes('gpu') && machine.gpus === 0;
    if (!takes.includes(demand) || lacksGpu) return false;
    if (findShortage(resources, machine) !== undefined) return false;
    const {timeMs} = resources;
    if (timeMs === undefined || Date.now() + timeMs <= this.#stopMs) return true;
    this.#tooLong.add(key);
    return false;
  }

  lost(): ReadonlySet<Key> {
    return this.#setup.notes.finalFailures();
  }

  isFellow({member}: ProcessIdentity): boolean {
    const {store, run} = this.#setup;
    return member !== undefined && existsSync(runMemberFolder(store, run, member));
  }

  rest(isResting: boolean, isExpecting: boolean): void {
    this.#isExpecting = isExpecting;
    if (!isResting) {
      clearTimeout(this.#rest);
      this.#rest = undefined;
      return;
    }
    this.#rest ??= setTimeout(() => this.#idle(), this.#setup.waits.idleMs);
  }

  /** The time at which what runs is to stop. */
  get #stopMs(): number {
    const {terms, waits} = this.#setup;
    return (terms.endMs ?? Number.POSITIVE_INFINITY) - waits.stopBeforeMs;
  }

  /** Leaves, unless nobody would then compute the rest of the run. */
  #idle(): void {
    this.#rest = undefined;
    this.#try(() => {
      if (this.#isExpecting && this.#setup.isLast()) return;
      const lacksTime = [...this.#tooLong].some((key) => this.#isLeft(key));
      this.#leave(lacksTime ? 'time' : 'idle', this.#halt);
    });
    if (this.#why === undefined) this.rest(true, this.#isExpecting);
  }

  /** Whether a key has no result yet, and nobody is at work on it. */
  #isLeft(key: Key): boolean {
    const {store} = this.#setup;
    return !this.lost().has(key) && !isStored(store, key) && findLease(store, key) === undefined;
  }

  #look(): void {
    const {store, run, keepGoing} = this.#setup;
    this.#try(() => {
      if (isClosed(store, run)) this.#leave('done', this.#stop);
      else if (isAskedToStop(store, run)) this.#leave('stop', this.#stop);
      else if (Date.now() >= this.#stopMs) this.#leave('time', this.#stop);
      else if (!keepGoing && this.lost().size > 0) this.#leave('failure', this.#halt);
    });
  }

  /** Does without an answer of the file system: a file server may be away for a while. */
  #try(look: () => void): void {
    try {
      look();
    } catch (error) {
      if (!isSystemError(error)) throw error;
    }
  }

  /** The first reason counts. */
  #leave(why: LeaveReason, how: AbortController): void {
    const isFirst = this.#why === undefined;
    this.#why ??= why;
    how.abort();
    if (isFirst) this.#setup.onLeaving(why);
  }
}
