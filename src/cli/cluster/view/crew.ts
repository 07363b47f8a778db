import type {Pool} from '../../../cluster/cluster.ts';
import {membersMissing, type Shortage} from '../../../cluster/members-missing.ts';
import type {ClusterEngine, QueuedMember} from '../../../cluster/engine.ts';
import {Recruiter} from '../../../cluster/recruiter.ts';
import {tellingSlow} from '../../../cluster/tell-slow.ts';
import type {RunEventBody} from '../../../journal/event.ts';
import type {RunAccount} from '../../../journal/run-account.ts';
import {closeRun} from '../../../schedule/membership/close-run.ts';
import {askToStop} from '../../../schedule/membership/run-notes.ts';
import {Recorder} from '../../../schedule/recorder.ts';
import {Heartbeat, type Member} from '../../../store/claims/heartbeat.ts';
import {runFolder} from '../../../store/layout.ts';
import {LineTeller} from '../../remote/line-teller.ts';
import type {World} from '../../world.ts';
import {engineTitle, outFolder, submissionOf, type ClusterRun} from '../cluster-run.ts';
import {unlessHeld} from '../find-same-run.ts';
import type {NeedOf} from '../work-left.ts';
import {LastLines} from './last-lines.ts';

/** What a viewer can do about the members of a run. */
export class Crew {
  readonly teller: LineTeller;
  /** Whether members were asked for. */
  hasMembers = false;
  /** That of the run, which says if it takes long to answer. */
  readonly engine: ClusterEngine;
  readonly recruiter: Recruiter;
  readonly #of: ClusterRun;
  readonly #loadNeed: () => Promise<NeedOf>;
  readonly #world: Pick<World, 'pid' | 'waits'>;
  #heartbeat: Promise<Heartbeat> | undefined;
  #recorder: Recorder | undefined;
  readonly #lastLines: LastLines;
  #need: Promise<NeedOf> | undefined;

  /** @param loadNeed called when members are needed */
  constructor(of: ClusterRun, loadNeed: () => Promise<NeedOf>, world: World) {
    this.#of = of;
    this.#loadNeed = loadNeed;
    this.#world = world;
    this.teller = new LineTeller((line) => world.stderr.write(line));
    this.#lastLines = new LastLines(outFolder(of.store, of.run), of.run);
    const title = engineTitle(of.cluster);
    this.engine = tellingSlow(of.engine, {title, tell: this.tell});
    this.recruiter = new Recruiter({
      engine: this.engine,
      run: of.run,
      title,
      submissionFor: (pool, members) => submissionOf(of, pool, members),
      emit: this.emit,
      tell: this.tell,
      askMs: world.waits.askMs,
    });
  }

  /**
   * This process as a member of the store from now on: other machines see that it lives while it does what only one
   * process may do.
   */
  readonly member = async (): Promise<Member> => {
    const {pid, waits} = this.#world;
    this.#heartbeat ??= Heartbeat.start(this.#of.store, pid, waits);
    return (await this.#heartbeat).member;
  };

  /** Writes an event into the journal of the run. Others may write to it as well. */
  readonly emit = (body: RunEventBody): void => {
    const {store, run} = this.#of;
    this.#recorder ??= new Recorder(runFolder(store, run), () => undefined, {isShared: true});
    this.#recorder.emit(body);
    this.hasMembers ||= body.kind === 'submitted';
  };

  /** Whether the run starts nothing more once an instance has failed. */
  get endsAtFailure(): boolean {
    return !this.#of.request.args.keepGoing;
  }

  readonly tell = (line: string): void => this.teller.tell(line);

  /**
   * The members that the run lacks.
   * @param queued number of members that wait or run, as the cluster says
   */
  readonly missing = async (
    run: RunAccount,
    queued: number,
  ): Promise<ReadonlyMap<Pool, Shortage>> => {
    this.#need ??= this.#loadNeed();
    return membersMissing((await this.#need)(run), run, queued);
  };

  /** Says what members have printed last that have ended without a word in their journals. */
  readonly tellEnded = (queued: readonly QueuedMember[]): void => {
    for (const line of this.#lastLines.next(queued)) this.tell(line);
  };

  /** Does something, unless another viewer of an equal request is at it. */
  readonly ifAlone = async (act: () => Promise<void>): Promise<void> =>
    await unlessHeld(this.#of, await this.member(), act);

  /** Asks the members to save checkpoints and leave. */
  readonly stop = async (): Promise<void> => await askToStop(this.#of.store, this.#of.run);

  /** Ends all members. Gives a sentence if that is refused. */
  readonly cancel = async (): Promise<string | undefined> => await this.engine.cancel(this.#of.run);

  /** Writes the end of the run, unless a member does. */
  readonly close = async (): Promise<void> => {
    const {head} = await this.member();
    await closeRun({...this.#of, closer: head, emit: this.emit});
  };

  /** Closes the journal of the run; nothing more is written into it. */
  closeJournal(): void {
    this.#recorder?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.closeJournal();
    await (await this.#heartbeat)?.stop();
  }
}
