import type {Pool} from '../../../cluster/cluster.ts';
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
    'recruiter' | 'tell' | 'need' | 'stop' | 'cancel' | 'close' | 'endsAtFailure'
  >;
  readonly requests: Requests;
  readonly onEvent: (event: RunEvent) => void;
}

/** Shows a run on a cluster until it has ended, or the viewer is to leave, and sees that it has members. */
export async function followRun(setup: FollowSetup): Promise<{
  readonly end: 'finished' | 'left';
  readonly account: RunAccount;
}> {
  const {run, store, requests} = setup;
  const follower = new Follower(setup);
  using changes = new ChangeWatch([runFolder(store, run), runMembersFolder(store, run)]);
  for (;;) {
    // Asked before the journals are read, so that what was written until then is seen.
    const isLast = requests.leaveSignal.aborted;
    const {account} = follower;
    if (follower.read()) return {end: 'finished', account};
    if (isLast) return {end: 'left', account};
    await follower.tend();
    await changes.wait(requests.leaveSignal);
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
  /** Whether the cluster has said that there are no members. */
  #areGone = false;

  constructor(setup: FollowSetup) {
    const {store, run} = setup;
    this.#setup = setup;
    this.account = new RunAccount(store, run);
    this.#tail = new RunTail(store, run);
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
    const {store, run, requests} = this.#setup;
    if (requests.stopSignal.aborted) await this.#stop();
    if (requests.cancelSignal.aborted) await this.#cancel();
    if (this.#areAtWork()) await this.#topUp();
    else if (isClosed(store, run)) await this.#setup.crew.close();
    // Somebody else may have asked the members to leave.
    else if (isAskedToStop(store, run) || this.#hasFailed()) await this.#end();
    else await this.#recruit();
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

  /** Members are at work. Others may be accepted that a limit refused before. */
  async #topUp(): Promise<void> {
    this.#lookedIdle = this.#areGone = false;
    if (this.#setup.requests.stopSignal.aborted) return;
    const {recruiter, tell} = this.#setup.crew;
    const refusal = await recruiter.topUp(this.#needMore);
    if (refusal !== undefined) tell(`! ${refusal}\n`);
  }

  /** The members that the rest of the run could do with beside those at work. */
  readonly #needMore = async (): Promise<ReadonlyMap<Pool, number>> => {
    const needed = await this.#setup.crew.need(this.account);
    const working = this.account.members.filter(({standing}) => standing === 'working');
    const missing = ({name}: Pool, members: number): number =>
      members - working.filter(({pool}) => pool === name).length;
    return new Map(Array.from(needed, ([pool, members]) => [pool, missing(pool, members)]));
  };

  /** No member is at work, as far as the journals tell. */
  async #recruit(): Promise<void> {
    const {recruiter, tell, need, close} = this.#setup.crew;
    const refused = recruiter.hasNone ? await recruiter.topUp(this.#needMore) : undefined;
    if (refused !== undefined) tell(`! ${refused}\n`);
    // Members of other pools may wait: only a cluster that has none lets the run end.
    if (!(await this.#haveGone())) return;
    const needed = await need(this.account);
    if (needed.size === 0 || !(await this.#ask(needed))) await close();
  }

  /** Asks for members, and tells why some are not asked for or refused. Gives whether some may come. */
  async #ask(needed: ReadonlyMap<Pool, number>): Promise<boolean> {
    const {recruiter, tell} = this.#setup.crew;
    const why = await recruiter.whyNoMore();
    const refusal = why === undefined ? await recruiter.ask(needed) : undefined;
    if (why !== undefined || refusal !== undefined) tell(`! ${why ?? refusal}\n`);
    return why === undefined && (refusal === undefined || recruiter.hasSome);
  }

  /**
   * Whether the cluster says that there are no members, and the journals that were read after that do not tell of any
   * either: a member may have joined, and even left, in between.
   */
  async #haveGone(): Promise<boolean> {
    const wereGone = this.#areGone;
    this.#areGone = wereGone || (await this.#setup.crew.recruiter.look()) === 'gone';
    if (wereGone) this.#areGone = false;
    return wereGone;
  }

  /** Whether the run starts nothing more since an instance has failed for good. */
  #hasFailed(): boolean {
    return this.#setup.crew.endsAtFailure && this.account.state.counts.failed > 0;
  }

  /** Whether a member has joined that has not left and lives. */
  #areAtWork(): boolean {
    return this.account.members.some(({standing}) => standing === 'working');
  }
}
