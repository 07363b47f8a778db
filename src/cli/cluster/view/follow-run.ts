import {ChangeWatch} from '../../../journal/change-watch.ts';
import type {RunEvent} from '../../../journal/event.ts';
import {RunTail} from '../../../journal/members/run-tail.ts';
import {RunAccount} from '../../../journal/run-account.ts';
import {isAskedToStop, isClosed} from '../../../schedule/membership/run-notes.ts';
import {runFolder, runMembersFolder, type Store} from '../../../store/layout.ts';
import type {Crew} from './crew.ts';
import type {Requests} from './take-requests.ts';

/** A run on a cluster, and what its viewer can do about it. */
export interface FollowSetup {
  readonly run: string;
  readonly store: Store;
  readonly crew: Pick<
    Crew,
    | 'recruiter'
    | 'tell'
    | 'missing'
    | 'tellEnded'
    | 'ifAlone'
    | 'stop'
    | 'cancel'
    | 'close'
    | 'endsAtFailure'
  >;
  readonly requests: Requests;
  /** From one look at the journals to the next, in milliseconds. */
  readonly lookMs: number;
  readonly onEvent: (event: RunEvent) => void;
}

/** Shows a run on a cluster until it has ended, or the viewer is to leave, and sees that it has members. */
export async function followRun(setup: FollowSetup): Promise<{
  readonly end: 'finished' | 'left';
  readonly account: RunAccount;
}> {
  const {run, store, requests, lookMs: pollMs} = setup;
  const follower = new Follower(setup);
  const folders = [runFolder(store, run), runMembersFolder(store, run)];
  using changes = new ChangeWatch(folders, {pollMs});
  for (;;) {
    // Asked before the journals are read, so that what was written until then is seen.
    const isLast = requests.leaveSignal.aborted;
    const {account} = follower;
    if (follower.read()) return {end: 'finished', account};
    if (isLast) return {end: 'left', account};
    await follower.tend();
    await changes.wait(follower.nextRequest);
  }
}

class Follower {
  readonly account: RunAccount;
  readonly #setup: FollowSetup;
  readonly #tail: RunTail;
  #wasStopped = false;
  #wasCancelled = false;
  /** Whether no member was at work at the last look. */
  #lookedIdle = false;

  constructor(setup: FollowSetup) {
    const {store, run} = setup;
    this.#setup = setup;
    this.account = new RunAccount(store, run);
    this.#tail = new RunTail(store, run);
  }

  /** Aborted when the user asks for something that is not done yet. */
  get nextRequest(): AbortSignal {
    const {stopSignal, cancelSignal, leaveSignal} = this.#setup.requests;
    const left = [
      leaveSignal,
      ...(this.#wasStopped ? [] : [stopSignal]),
      ...(this.#wasCancelled ? [] : [cancelSignal]),
    ];
    return AbortSignal.any(left);
  }

  /** Reads what was written since the last time. Gives whether the run has ended. */
  read(): boolean {
    for (const event of this.#tail.next()) {
      this.account.add(event);
      this.#setup.crew.recruiter.see(event);
      this.#setup.onEvent(event);
    }
    return this.account.finished !== undefined;
  }

  /** Does what the user asked for, and sees that the run has members or ends. */
  async tend(): Promise<void> {
    const {store, run, requests, crew} = this.#setup;
    if (requests.stopSignal.aborted) await this.#stop();
    if (requests.cancelSignal.aborted) await this.#cancel();
    const {areAtWork} = this.account;
    if (areAtWork) this.#lookedIdle = false;
    if (areAtWork && !crew.recruiter.isDue) return;
    const isOver = isClosed(store, run);
    // Somebody else may have asked the members to leave.
    if (!isOver && !isAskedToStop(store, run) && !this.#hasFailed()) {
      if (crew.recruiter.isDue) await crew.ifAlone(this.#recruit);
    } else if (!areAtWork) await (isOver ? crew.close() : this.#end());
  }

  async #stop(): Promise<void> {
    if (this.#wasStopped) return;
    this.#wasStopped = true;
    await this.#setup.crew.stop();
  }

  async #cancel(): Promise<void> {
    if (this.#wasCancelled) return;
    this.#wasCancelled = true;
    await this.#stop();
    const refusal = await this.#setup.crew.cancel();
    if (refusal !== undefined) this.#setup.crew.tell(`! ${refusal}\n`);
  }

  /**
   * No member is at work: those that still wait are not needed, and nobody else writes the end. The last one that has left
   * may be about to.
   */
  async #end(): Promise<void> {
    if (!this.#lookedIdle) {
      this.#lookedIdle = true;
      return;
    }
    await this.#cancel();
    await this.#setup.crew.close();
  }

  /**
   * Asks for members that the run lacks. Ends it if none is at work or to come, and either everything is done or asking
   * is of no use. What is refused once may be accepted later: the cluster's servers may have been away.
   */
  readonly #recruit = async (): Promise<void> => {
    const {store, run, requests, crew} = this.#setup;
    const {recruiter, missing, tellEnded, close} = crew;
    const queued = await recruiter.look();
    // What another viewer has asked for, and who has joined and even left meanwhile, is in the journals by now.
    if (queued === undefined || this.read() || this.#hasFailed()) return;
    const lacking = await missing(this.account, queued.length);
    // A cluster may take long to answer, and nobody wants members after Ctrl-C.
    if (requests.stopSignal.aborted || isAskedToStop(store, run)) return;
    if (lacking.size > 0) tellEnded(queued);
    const hasAsked = await recruiter.askForMore(lacking);
    if (!hasAsked && queued.length === 0 && !this.account.areAtWork) await close();
  };

  /** Whether the run starts nothing more since an instance has failed for good. */
  #hasFailed(): boolean {
    return this.#setup.crew.endsAtFailure && this.account.state.counts.failed > 0;
  }
}
