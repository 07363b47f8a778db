import type {RunEvent, RunEventBody} from '../journal/event.ts';
import {foreignFileFault} from '../store/foreign-file.ts';
import type {Pool} from './cluster.ts';
import type {ClusterEngine, QueuedMember, Submission, Submitted} from './engine.ts';
import type {Shortage} from './members-missing.ts';

/** Number of submissions without progress after which no more members are asked for. */
const fruitless = 3;

export interface RecruiterSetup {
  readonly engine: ClusterEngine;
  readonly run: string;
  /** The name of the cluster's kind for people, such as `Slurm`. */
  readonly title: string;
  /** The submission of a number of members of a pool. */
  readonly submissionFor: (pool: Pool, members: number) => Submission;
  /** Writes an event into the journal of the run. */
  readonly emit: (event: RunEventBody) => void;
  /** Takes a line for the user. */
  readonly tell: (line: string) => void;
  /** From one question to the cluster to the next, in milliseconds. */
  readonly askMs: number;
  /** A clock that never goes back. */
  readonly nowMs?: () => number;
}

/** Asks a cluster for the members of a run, and how it stands with them: at most one question at a time, and rarely. */
export class Recruiter {
  readonly #setup: RecruiterSetup;
  readonly #nowMs: () => number;
  /**
   * Number of submissions of this process to each pool, since the last progress: the first, those in the place of members
   * that were lost, and those that were refused. What joins members at work after a limit says nothing of them; and who
   * attaches to a run may have repaired what earlier submissions came to nothing for.
   */
  readonly #since = new Map<string, number>();
  /** Number of members of each pool that were there at the last submission, with those that it brought. */
  readonly #had = new Map<string, number>();
  /** The pools that have lost members since their last submission. */
  readonly #lost = new Set<string>();
  /** The pools of which a member has used up its time, since the last progress, for nothing. */
  readonly #stuck = new Set<string>();
  /** The pool of each member. */
  readonly #pools = new Map<string, string>();
  #wereCancelled = false;
  #askedMs: number;
  /** The pools of which a limit was met, with the number of members to ask for next, at most. */
  readonly #most = new Map<string, number>();
  /** The pools that were asked for, with numbers in the order of the last times. */
  readonly #turns = new Map<string, number>();
  #isSilent = false;
  #toldQueue = '';
  readonly #toldLimits = new Set<string>();
  /** Why no more members are asked for, as far as it was told since the last progress. */
  readonly #toldEnds = new Set<string>();

  constructor(setup: RecruiterSetup) {
    this.#setup = setup;
    this.#nowMs = setup.nowMs ?? (() => performance.now());
    this.#askedMs = Number.NEGATIVE_INFINITY;
  }

  /** Takes an event of the run. */
  see(event: RunEvent): void {
    // A checkpoint that is continued from was made by an earlier member: that is progress, too.
    if (event.kind === 'finished' || event.kind === 'resumed') {
      for (const all of [this.#since, this.#stuck, this.#toldEnds]) all.clear();
    }
    if (event.kind === 'submitted') {
      this.#had.set(event.pool, (this.#had.get(event.pool) ?? 0) + event.members);
    }
    if (event.kind === 'member-joined') this.#pools.set(event.head.member, event.pool);
    if (event.kind === 'member-left' && event.why === 'stuck') {
      const pool = this.#pools.get(event.member);
      // Otherwise, members have come further since this process has asked for any.
      if (pool !== undefined && this.#since.has(pool)) this.#stuck.add(pool);
    }
  }

  /** Whether it is time to ask the cluster something. */
  get isDue(): boolean {
    return this.#nowMs() - this.#askedMs >= this.#setup.askMs;
  }

  /** Asks for the members of a run that begins: for fewer if a limit demands it. Gives a sentence if any are refused. */
  async ask(wanted: ReadonlyMap<Pool, number>): Promise<string | undefined> {
    for (const [pool, members] of wanted) {
      for (let count = members; ; count = Math.ceil(count / 2)) {
        const answer = await this.#submit(pool, count);
        if (answer.kind === 'refused') return answer.message;
        if (answer.kind === 'submitted') this.#count(pool.name);
        if (answer.kind === 'submitted' || count === 1) break;
      }
    }
    return undefined;
  }

  /** The members that wait or run, as the cluster says. `undefined`: it is not time to ask, or it does not answer. */
  async look(): Promise<readonly QueuedMember[] | undefined> {
    if (!this.isDue) return undefined;
    const queued = await this.#setup.engine.list(this.#setup.run);
    this.#askedMs = this.#nowMs();
    this.#tellWhetherSilent(queued === undefined);
    if (queued !== undefined) this.#tellQueue(queued);
    return queued;
  }

  /**
   * Asks once, for members that a run lacks, of the pool that was not asked for the longest time. After a limit: for one,
   * and for twice as many after each success. Gives whether it has asked: it does not if nothing is lacking, or if asking
   * is of no use.
   */
  async askForMore(lacking: ReadonlyMap<Pool, Shortage>): Promise<boolean> {
    const turnOf = ({name}: Pool): number => this.#turns.get(name) ?? 0;
    const [next] = [...lacking]
      .filter(([pool]) => !this.#isHopeless(pool))
      .sort(([a], [b]) => turnOf(a) - turnOf(b));
    if (next === undefined || (await this.#areCancelled())) return false;
    const [pool, {missing, present}] = next;
    const {name} = pool;
    if (present < (this.#had.get(name) ?? Number.POSITIVE_INFINITY)) this.#lost.add(name);
    this.#had.set(name, present);
    const most = this.#most.get(name);
    const count = Math.min(missing, most ?? missing);
    const answer = await this.#submit(pool, count);
    if (answer.kind === 'refused') {
      this.#count(name);
      this.#setup.tell(`! ${answer.message}\n`);
    }
    if (answer.kind === 'submitted') {
      if (this.#lost.delete(name)) this.#count(name);
      if (most !== undefined) this.#most.set(name, 2 * count);
    }
    return true;
  }

  /** Whether it is of no use to ask for more members of a pool, which is told. */
  #isHopeless({name}: Pool): boolean {
    if (this.#stuck.has(name)) {
      this.#tellEnd(
        `A member of ${name} came to the end of its time without a result or a checkpoint, and others would do the same: give the pool more time.`,
      );
      return true;
    }
    const isHopeless = (this.#since.get(name) ?? 0) >= fruitless;
    if (isHopeless) {
      this.#tellEnd(
        `Members of ${name} were asked for three times and nothing came of it: no more are asked for.`,
      );
    }
    return isHopeless;
  }

  /** Whether a person has cancelled members, and does not want others in their place. Clusters forget that; this does not. */
  async #areCancelled(): Promise<boolean> {
    const {engine, run} = this.#setup;
    this.#wereCancelled ||= (await engine.wereCancelled?.(run)) === true;
    if (this.#wereCancelled) {
      this.#tellEnd('Members of this run were cancelled: no more are asked for.');
    }
    return this.#wereCancelled;
  }

  async #submit(pool: Pool, count: number): Promise<Submitted> {
    const {engine, submissionFor, emit} = this.#setup;
    const {name} = pool;
    const submission = submissionFor(pool, count);
    this.#turns.set(name, 1 + Math.max(0, ...this.#turns.values()));
    const foreign = foreignFileFault(submission.script);
    if (foreign !== undefined) return {kind: 'refused', message: foreign};
    const answer = await engine.submit(submission);
    this.#askedMs = this.#nowMs();
    if (answer.kind === 'submitted') {
      emit({kind: 'submitted', pool: name, members: answer.members, job: answer.job});
    }
    if (answer.kind === 'limited') {
      this.#most.set(name, 1);
      this.#tellLimit(answer.message, count);
    }
    return answer;
  }

  #count(pool: string): void {
    this.#since.set(pool, (this.#since.get(pool) ?? 0) + 1);
  }

  #tellLimit(message: string, count: number): void {
    const what =
      count === 1 ? 'It is asked again later.' : 'The run goes on with fewer members for now.';
    if (this.#toldLimits.has(what)) return;
    this.#toldLimits.add(what);
    this.#setup.tell(`! ${message} ${what}\n`);
  }

  #tellEnd(why: string): void {
    if (this.#toldEnds.has(why)) return;
    this.#toldEnds.add(why);
    this.#setup.tell(`! ${why}\n`);
  }

  #tellWhetherSilent(isSilent: boolean): void {
    const {title, tell} = this.#setup;
    if (isSilent && !this.#isSilent)
      tell(`! ${title} does not answer. Members go on without it.\n`);
    if (!isSilent && this.#isSilent) tell(`• ${title} answers again.\n`);
    this.#isSilent = isSilent;
  }

  /** Says how many members wait, and why, if that has changed. */
  #tellQueue(queued: readonly QueuedMember[]): void {
    const waiting = queued.filter(({state}) => state === 'waiting');
    const words = [...new Set(waiting.map(({word}) => word))].join(', ');
    const members = waiting.length === 1 ? '1 member waits' : `${waiting.length} members wait`;
    const text = waiting.length === 0 ? '' : `… ${members} in the queue (${words})\n`;
    if (text !== '' && text !== this.#toldQueue) this.#setup.tell(text);
    this.#toldQueue = text;
  }
}
