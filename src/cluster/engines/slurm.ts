import {setTimeout} from 'node:timers/promises';
import {foreignFolderFault} from '../../store/foreign-file.ts';
import type {ClusterEngine, QueuedMember, Submission, Submitted} from '../engine.ts';
import {allocationName} from './allocation-words.ts';
import type {EngineHost} from './engine-host.ts';
import {isDone, whyFailed, type Answer} from './run-command.ts';
import {queueFormat, readQueue, startOf, verdictOf, type QueuedJob} from './slurm-answers.ts';
import {maxArray, sbatchWords, withoutSlurm} from './slurm-words.ts';

/** Number of looks for a submission whose answer was lost, of which Slurm has to answer two. */
const looks = 5;

/** Names that `sbatch --export` takes for something else than variables. */
const reserved = /^(ALL|NIL|NONE)$/i;

/** Members as jobs of Slurm, by its commands. Each question is one command for all members of a run. */
export class SlurmEngine implements ClusterEngine {
  readonly #host: EngineHost;

  constructor(host: EngineHost) {
    this.#host = host;
  }

  async submit(submission: Submission): Promise<Submitted> {
    const name = submission.variables.find((variable) => reserved.test(variable));
    if (name !== undefined) {
      const message = `Slurm cannot pass a variable on whose name is ${name}.`;
      return {kind: 'refused', message};
    }
    const fault = foreignFolderFault(submission.logs);
    if (fault !== undefined) return {kind: 'refused', message: fault};
    const mark = this.#newMark();
    const words = sbatchWords(submission, mark);
    const members = Math.min(submission.members, maxArray);
    // The second attempt is the last one.
    for (let isLast = false; ; isLast = true) {
      const answer = await this.#ask(words);
      const verdict = verdictOf(answer);
      if (verdict.kind === 'submitted') return {...verdict, members};
      const message = whyFailed(words, answer);
      if (verdict.kind !== 'lost') return {kind: verdict.kind, message};
      const accepted = await this.#lookFor(submission.run, mark);
      if (typeof accepted === 'object') return {kind: 'submitted', job: accepted.job, members};
      if (accepted === 'unknown' || isLast) return {kind: 'refused', message};
    }
  }

  async list(run: string): Promise<readonly QueuedMember[] | undefined> {
    const jobs = await this.#queue(run);
    return jobs?.flatMap(({job, state, word}) => (state === 'ended' ? [] : [{job, state, word}]));
  }

  /** Slurm has other words for members that it has ended itself: for a preemption, a time limit or a lost node. */
  async wereCancelled(run: string): Promise<boolean> {
    const jobs = await this.#queue(run);
    return jobs?.some(({word}) => word === 'CANCELLED') ?? false;
  }

  async cancel(run: string): Promise<string | undefined> {
    const words = ['scancel', '--ctld', '--me', `--name=${allocationName(run)}`];
    const answer = await this.#ask(words);
    return isDone(answer) ? undefined : whyFailed(words, answer);
  }

  commandFor(submission: Submission): readonly string[] {
    return sbatchWords(submission, this.#newMark());
  }

  async whenFor(submission: Submission): Promise<string | undefined> {
    const [program, ...words] = this.commandFor(submission);
    const asked = [program!, '--test-only', ...words];
    const answer = await this.#ask(asked);
    return isDone(answer) ? startOf(answer) : whyFailed(asked, answer);
  }

  /**
   * Looks for a submission whose answer was lost. Slurm may accept it late, so that it has to say twice that there is
   * none. `unknown`: Slurm does not answer.
   */
  async #lookFor(run: string, mark: string): Promise<{readonly job: string} | 'none' | 'unknown'> {
    let without = 0;
    for (let look = 0; look < looks && without < 2; look++) {
      if (look > 0) await setTimeout(this.#host.lookMs);
      const jobs = await this.#queue(run);
      const found = jobs?.find((job) => job.mark === mark);
      if (found !== undefined) return {job: found.job.split('_')[0]!};
      if (jobs !== undefined) without++;
    }
    return without < 2 ? 'unknown' : 'none';
  }

  /** The jobs of a run that Slurm has not forgotten. `undefined`: it does not answer. */
  async #queue(run: string): Promise<readonly QueuedJob[] | undefined> {
    const which = ['--me', '--noheader', '--array', '--states=all'];
    const fields = [`--name=${allocationName(run)}`, `--format=${queueFormat}`];
    const answer = await this.#ask(['squeue', ...which, ...fields]);
    return isDone(answer) ? readQueue(answer.stdout) : undefined;
  }

  #newMark(): string {
    return `distillery-${this.#host.newMark()}`;
  }

  async #ask(words: readonly string[]): Promise<Answer> {
    const {run, environment, limitMs} = this.#host;
    return await run(words, {environment: withoutSlurm(environment), limitMs});
  }
}
