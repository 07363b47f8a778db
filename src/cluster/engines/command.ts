import {visibleLine} from '../../base/visible.ts';
import type {ClusterEngineConfig} from '../cluster.ts';
import type {ClusterEngine, QueuedMember, Submission, Submitted} from '../engine.ts';
import {allocationName} from './allocation-words.ts';
import {fillTemplate, templateValues} from './command-template.ts';
import type {EngineHost} from './engine-host.ts';
import {isDone, whyFailed, type Answer} from './run-command.ts';
import {withoutSlurm} from './slurm-words.ts';

type Config = Extract<ClusterEngineConfig, {readonly kind: 'command'}>;

/** The largest number of characters of an allocation's name. */
const maxName = 100;

/**
 * Members by three commands of the user's. `submit` asks for all members if it mentions `${n}`, and otherwise for one, as
 * often as members are wanted; the last line that it prints is the name of the allocation. `list` prints a line for
 * each allocation that waits or runs: its name and its state, which begins with R if it runs.
 */
export class CommandEngine implements ClusterEngine {
  readonly #config: Config;
  readonly #host: EngineHost;

  constructor(config: Config, host: EngineHost) {
    this.#config = config;
    this.#host = host;
  }

  async submit(submission: Submission): Promise<Submitted> {
    const words = this.commandFor(submission);
    const isForAll = this.#config.submit.some((word) => word.includes('${n}'));
    const jobs: string[] = [];
    for (let time = 0; time < (isForAll ? 1 : submission.members); time++) {
      const answer = await this.#ask(words);
      if (!isDone(answer)) return await this.#afterFailure(submission.run, jobs, words, answer);
      jobs.push(nameIn(answer.stdout));
    }
    return {kind: 'submitted', job: jobs.join(' '), members: submission.members};
  }

  async list(run: string): Promise<readonly QueuedMember[] | undefined> {
    const answer = await this.#ask(this.#wordsAbout(this.#config.list, run));
    if (!isDone(answer)) return undefined;
    return [...answer.stdout.matchAll(/^\s*(\S+)[^\S\n]+(\S.*)$/gm)].map(([, job, text]) => {
      const word = visibleLine(text!.trim());
      return {job: visibleLine(job!), state: /^r/i.test(word) ? 'running' : 'waiting', word};
    });
  }

  async cancel(run: string): Promise<string | undefined> {
    const words = this.#wordsAbout(this.#config.cancel, run);
    const answer = await this.#ask(words);
    return isDone(answer) ? undefined : whyFailed(words, answer);
  }

  commandFor(submission: Submission): readonly string[] {
    return fillTemplate(this.#config.submit, templateValues(submission));
  }

  /** Finds accepted members by their name if the answer was lost, rather than to ask for them again. */
  async #afterFailure(
    run: string,
    accepted: readonly string[],
    words: readonly string[],
    answer: Answer,
  ): Promise<Submitted> {
    const listed = answer.kind === 'late' ? await this.list(run) : undefined;
    const jobs = accepted.length > 0 ? accepted : (listed ?? []).map(({job}) => job);
    if (jobs.length > 0) return {kind: 'submitted', job: jobs.join(' '), members: jobs.length};
    return {kind: 'refused', message: whyFailed(words, answer)};
  }

  #wordsAbout(template: readonly string[], run: string): readonly string[] {
    return fillTemplate(template, new Map([['name', allocationName(run)]]));
  }

  async #ask(words: readonly string[]): Promise<Answer> {
    const {run, environment, limitMs} = this.#host;
    return await run(words, {environment: withoutSlurm(environment), limitMs});
  }
}

function nameIn(text: string): string {
  const last = text.trim().split('\n').at(-1)!.trim();
  return visibleLine(last).slice(0, maxName);
}
