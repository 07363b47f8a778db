import type {RunEvent, RunEventBody} from '../journal/event.ts';
import {foreignFileFault} from '../store/foreign-file.ts';
import type {Pool} from './cluster.ts';
import type {ClusterEngine, QueuedMember, Submission} from './engine.ts';

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

/** Members of a pool that a limit refused, and the number to ask for next. */
interface Rest {
  readonly members: number;
  readonly next: number;
}

/** How it stands with members that have not joined: `gone`: the cluster says that there are none. */
export type Prospect = 'unknown' | 'queued' | 'gone';

/** Asks a cluster for the members of a run, and how it stands with them: at most one question at a time, and rarely. */
export class Recruiter {
  readonly #setup: RecruiterSetup;
  readonly #nowMs: () => number;
  /** Number of submissions to each pool since the last progress. */
  readonly #since = new Map<string, number>();
  /** Whether a member has used up its time, since the last progress, for nothing. */
  #isStuck = false;
  #askedMs: number;
  /** The members that were refused for a limit. */
  readonly #rest = new Map<Pool, Rest>();
  /** Number of members that were accepted since the last call of `ask`. */
  #accepted = 0;
  #isSilent = false;
  #toldQueue = '';
  readonly #toldLimits = new Set<string>();

  constructor(setup: RecruiterSetup) {
    this.#setup = setup;
    this.#nowMs = setup.nowMs ?? (() => performance.now());
    this.#askedMs = Number.NEGATIVE_INFINITY;
  }

  /** Takes an event of the run. */
  see(event: RunEvent): void {
    // A checkpoint that is continued from was made by an earlier member: that is progress, too.
    if (event.kind === 'finished' || event.kind === 'resumed') {
      this.#since.clear();
      this.#isStuck = false;
    }
    // Other members have come further meanwhile, or none has.
    if (event.kind === 'member-left' && event.why === 'stuck') this.#isStuck = this.#since.size > 0;
  }

  /** Why it is of no use to ask for more members, as a sentence. `undefined`: it is of use. */
  async whyNoMore(): Promise<string | undefined> {
    if (this.#isStuck) {
      return 'A member came to the end of its time without a result or a checkpoint, and others would do the same: give the pool more time.';
    }
    if (Math.max(0, ...this.#since.values()) >= fruitless) {
      return 'Members were asked for three times and nothing came of it: no more are asked for.';
    }
    const {engine, run} = this.#setup;
    // The person does not want others in their place.
    return (await engine.wereCancelled?.(run)) === true
      ? 'Members of this run were cancelled: no more are asked for.'
      : undefined;
  }

  /** Asks for members: for fewer if a limit demands it. Gives a sentence if the cluster refuses them. */
  async ask(wanted: ReadonlyMap<Pool, number>): Promise<string | undefined> {
    this.#rest.clear();
    this.#accepted = 0;
    for (const [pool, members] of wanted) {
      let answer = await this.#submit(pool, members);
      for (let count = members; answer === 'limited' && count > 1;) {
        count = Math.ceil(count / 2);
        answer = await this.#submit(pool, count);
      }
      if (typeof answer === 'string' && answer !== 'limited') return answer;
      const taken = answer === 'limited' ? 0 : answer.members;
      if (taken > 0) this.#since.set(pool.name, (this.#since.get(pool.name) ?? 0) + 1);
      if (taken < members) this.#rest.set(pool, {members: members - taken, next: 1});
    }
    return undefined;
  }

  /** Looks, if it is time to, how it stands with the members of a run of which none is at work. */
  async look(): Promise<Prospect> {
    if (this.#nowMs() - this.#askedMs < this.#setup.askMs) return 'unknown';
    const queued = await this.#setup.engine.list(this.#setup.run);
    this.#askedMs = this.#nowMs();
    this.#tellWhetherSilent(queued === undefined);
    if (queued === undefined) return 'unknown';
    this.#tellQueue(queued);
    return queued.length === 0 ? 'gone' : 'queued';
  }

  /** Whether some of the members that were asked for last were accepted. */
  get hasSome(): boolean {
    return this.#accepted > 0;
  }

  /** Whether a limit has refused all members that were asked for last. */
  get hasNone(): boolean {
    return this.#rest.size > 0 && this.#accepted === 0;
  }

  /**
   * Asks, if it is time to, for members that a limit refused: for one of each pool, and for twice as many each time that
   * they are accepted. Gives a sentence if the cluster refuses them.
   * @param need gives the number of members of each pool that the rest of the run could do with
   */
  async topUp(need: () => Promise<ReadonlyMap<Pool, number>>): Promise<string | undefined> {
    const isTime = this.#nowMs() - this.#askedMs >= this.#setup.askMs;
    if (this.#rest.size === 0 || !isTime) return undefined;
    this.#askedMs = this.#nowMs();
    const needed = await need();
    for (const [pool, {members, next}] of this.#rest) {
      const wanted = Math.min(next, members, needed.get(pool) ?? 0);
      if (wanted <= 0) continue;
      const answer = await this.#submit(pool, wanted);
      if (answer === 'limited') this.#rest.set(pool, {members, next: Math.ceil(wanted / 2)});
      else if (typeof answer === 'string') {
        this.#rest.delete(pool);
        return answer;
      } else if (answer.members >= members) this.#rest.delete(pool);
      else this.#rest.set(pool, {members: members - answer.members, next: 2 * wanted});
    }
    return undefined;
  }

  /** Gives the number of members that were accepted; `limited`; or the sentence of a refusal. */
  async #submit(pool: Pool, count: number): Promise<{readonly members: number} | string> {
    const {engine, submissionFor, emit} = this.#setup;
    const submission = submissionFor(pool, count);
    const foreign = foreignFileFault(submission.script);
    if (foreign !== undefined) return foreign;
    const answer = await engine.submit(submission);
    this.#askedMs = this.#nowMs();
    if (answer.kind === 'refused') return answer.message;
    if (answer.kind === 'limited') {
      this.#tellLimit(answer.message, count);
      return answer.kind;
    }
    const {members, job} = answer;
    this.#accepted += members;
    emit({kind: 'submitted', pool: pool.name, members, job});
    return {members};
  }

  #tellLimit(message: string, count: number): void {
    const isWithout = count === 1 && this.#accepted === 0;
    const what = isWithout
      ? 'It is asked again later.'
      : 'The run goes on with fewer members for now.';
    if (this.#toldLimits.has(what)) return;
    this.#toldLimits.add(what);
    this.#setup.tell(`! ${message} ${what}\n`);
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
