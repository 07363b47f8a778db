import {isSystemError} from '../../base/errno.ts';
import {demandOf, type Demand} from '../../pipeline/graph/demand.ts';
import type {Instance} from '../../pipeline/graph/instance.ts';
import type {LeaveReason} from '../../journal/event.ts';
import {isDone} from '../../store/claims/lease.ts';
import {recordPath, type Store} from '../../store/layout.ts';
import {readNote} from '../../store/note-file.ts';
import type {Key} from '../../store/records/record.ts';
import type {Waits} from '../delays.ts';
import {findShortage} from '../device-request.ts';
import type {Executor} from '../executor.ts';
import type {Part} from '../part.ts';
import {isAskedToStop, isClosed, type RunNotes} from './run-notes.ts';

/** What a member is, and may take. */
export interface MemberTerms {
  /** The name of its machine. */
  readonly machine: string;
  /** The cluster's name for its allocation. Absent: it has none. */
  readonly job?: string;
  readonly pool: string;
  /** What the instances of its pool ask for. */
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
  /** When aborted, the member is to leave. */
  readonly stopSignal: AbortSignal;
  /** Called when the member begins to leave before its work is done. */
  readonly onLeaving: (why: LeaveReason) => void;
}

/** The stay of a member in a run: what it takes, and when it leaves. */
export class Membership implements Part {
  readonly #setup: MembershipSetup;
  readonly #stop = new AbortController();
  readonly #halt = new AbortController();
  #why: LeaveReason | undefined;
  #looks: NodeJS.Timeout | undefined;
  #rest: NodeJS.Timeout | undefined;

  constructor(setup: MembershipSetup) {
    this.#setup = setup;
  }

  /** When aborted, what runs is to save a checkpoint and stop. */
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
    this.rest(false);
    return this.#why;
  }

  takes({resources}: Instance): boolean {
    const {terms, executor} = this.#setup;
    const {takes, endMs = Number.POSITIVE_INFINITY} = terms;
    const demand = demandOf(resources);
    const machine = {slots: executor.capacity('cpu'), gpus: executor.capacity('gpu')};
    // A member with GPUs that finds none is broken: what prefers a GPU is better off elsewhere.
    const lacksGpu = demand === 'device' && takes.includes('gpu') && machine.gpus === 0;
    if (!takes.includes(demand) || lacksGpu) return false;
    if (findShortage(resources, machine) !== undefined) return false;
    return resources.timeMs === undefined || Date.now() + resources.timeMs <= endMs;
  }

  isOver(key: Key): boolean {
    const {store, notes} = this.#setup;
    if (isDone(store, key) || readNote(recordPath(store, key)) !== undefined) return true;
    return notes.failuresOf(key).some(({isFinal}) => isFinal);
  }

  rest(isResting: boolean): void {
    if (!isResting) {
      clearTimeout(this.#rest);
      this.#rest = undefined;
      return;
    }
    const {idleMs} = this.#setup.waits;
    this.#rest ??= setTimeout(() => this.#leave('idle', this.#halt), idleMs);
  }

  #look(): void {
    const {store, run, notes, terms, keepGoing, waits} = this.#setup;
    const lastMs = (terms.endMs ?? Number.POSITIVE_INFINITY) - waits.stopBeforeMs;
    try {
      if (isClosed(store, run)) this.#leave('done', this.#stop);
      else if (isAskedToStop(store, run)) this.#leave('stop', this.#stop);
      else if (Date.now() >= lastMs) this.#leave('time', this.#stop);
      else if (!keepGoing && notes.hasFinalFailure()) this.#leave('failure', this.#halt);
    } catch (error) {
      // A file server may be away for a while.
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
