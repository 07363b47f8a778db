import type {RunEvent, RunEventBody} from '../journal/event.ts';
import type {Pool} from './cluster.ts';
import type {ClusterEngine, QueuedMember, Submission} from './engine.ts';

/** Number of submissions without progress after which no more members are asked for. */
const fruitless = 3;

export interface RecruiterSetup {
  readonly engine: ClusterEngine;
  readonly run: string;
  /** The name of the cluster's kind for people, such as `Slurm`. */
  readonly title: string;
  /** What a number of members of a pool is asked for with. */
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

/** How it stands with members that have not joined: `gone`: the cluster says that there are none. */
export type Prospect = 'unknown' | 'queued' | 'gone';

/** Asks a cluster for the members of a run, and how it stands with them: at most one question at a time, and rarely. */
export class Recruiter {
  readonly #setup: RecruiterSetup;
  readonly #nowMs: () => number;
  /** Number of submissions to each pool since the last progress. */
  readonly #since = new Map<string, number>();
  #askedMs: number;
  /** The pools whose members were refused for a limit, with the number that is wanted. */
  #unmet: ReadonlyMap<Pool, number> = new Map();
  #isSilent = false;
  #toldQueue = '';
  #toldLimit = '';

  constructor(setup: RecruiterSetup) {
    this.#setup = setup;
    this.#nowMs = setup.nowMs ?? (() => performance.now());
    this.#askedMs = Number.NEGATIVE_INFINITY;
  }

  /** Takes an event of the run. */
  see(event: RunEvent): void {
    if (event.kind === 'submitted') {
      this.#since.set(event.pool, (this.#since.get(event.pool) ?? 0) + 1);
    }
    // A checkpoint that is continued from was made by an earlier member: that is progress, too.
    if (event.kind === 'finished' || event.kind === 'resumed') this.#since.clear();
  }

  /** Whether members were asked for so often, without any progress, that it is of no use. */
  get isHopeless(): boolean {
    return Math.max(0, ...this.#since.values()) >= fruitless;
  }

  /** Asks for members: for fewer if a limit demands it. Gives a sentence if the cluster refuses them. */
  async ask(wanted: ReadonlyMap<Pool, number>): Promise<string | undefined> {
    const unmet = new Map<Pool, number>();
    this.#unmet = unmet;
    for (const [pool, members] of wanted) {
      const answer = await this.#askFor(pool, members);
      this.#askedMs = this.#nowMs();
      if (answer === 'limited') unmet.set(pool, members);
      else if (answer !== 'submitted') return answer;
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

  /** Asks again, if it is time to, for the members that a limit refused. Gives a sentence if the cluster refuses them. */
  async askForUnmet(): Promise<string | undefined> {
    const isTime = this.#nowMs() - this.#askedMs >= this.#setup.askMs;
    return this.#unmet.size > 0 && isTime ? await this.ask(this.#unmet) : undefined;
  }

  async #askFor(pool: Pool, members: number): Promise<string> {
    const {engine, submissionFor, emit} = this.#setup;
    for (let count = members; ; count = Math.ceil(count / 2)) {
      const answer = await engine.submit(submissionFor(pool, count));
      if (answer.kind === 'refused') return answer.message;
      if (answer.kind === 'submitted') {
        emit({kind: 'submitted', pool: pool.name, members: answer.members, job: answer.job});
        return answer.kind;
      }
      this.#tellLimit(answer.message, count);
      if (count === 1) return answer.kind;
    }
  }

  #tellLimit(message: string, count: number): void {
    const what = count === 1 ? 'It is asked again later.' : 'The run goes on with fewer members.';
    if (this.#toldLimit === what) return;
    this.#toldLimit = what;
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
