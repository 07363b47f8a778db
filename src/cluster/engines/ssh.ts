import type {ClusterEngineConfig} from '../cluster.ts';
import {foreignFolderFault} from '../../store/foreign-file.ts';
import type {ClusterEngine, QueuedMember, Submission, Submitted} from '../engine.ts';
import type {EngineHost} from './engine-host.ts';
import {isDone, whyFailed, type Answer} from './run-command.ts';
import {cancelScript, listScript, readMembers, startScript} from './ssh-scripts.ts';
import {slotsOf, type Slot} from './ssh-slots.ts';

type Config = Extract<ClusterEngineConfig, {readonly kind: 'ssh'}>;

/** The time that a host has to accept a connection, in seconds. */
const connectSeconds = 10;

/**
 * Members as processes on hosts that share the folder of the store. One connection a host does everything, by a script
 * on the standard input of its shell. There is no queue: a host has a member in each of its places, or not. A host that
 * does not answer is listed as one without members, and gets none.
 */
export class SshEngine implements ClusterEngine {
  readonly #config: Config;
  readonly #host: EngineHost;

  constructor(config: Config, host: EngineHost) {
    this.#config = config;
    this.#host = host;
  }

  async submit(submission: Submission): Promise<Submitted> {
    const {run, pool, members, logs} = submission;
    const fault = foreignFolderFault(logs);
    if (fault !== undefined) return {kind: 'refused', message: fault};
    const found = await this.#findMembers(run);
    const isFree = ({host, job}: Slot): boolean => {
      const jobs = found.get(host)!;
      return typeof jobs !== 'string' && !jobs.includes(job);
    };
    const free = slotsOf(this.#config.hosts, pool).filter(isFree).slice(0, members);
    if (free.length === 0) {
      const faults = [...found.values()].filter((jobs) => typeof jobs === 'string');
      if (faults.length === found.size) return {kind: 'refused', message: faults[0]!};
      const message = 'Every host that answers has as many members as it has room for.';
      return {kind: 'limited', message};
    }
    const hosts = [...new Set(free.map(({host}) => host))];
    const answers = await Promise.all(
      hosts.map((host) =>
        this.#start(
          host,
          submission,
          free.filter((slot) => slot.host === host),
        ),
      ),
    );
    const jobs = answers.flatMap((answer) => (typeof answer === 'string' ? [] : answer));
    if (jobs.length > 0) return {kind: 'submitted', job: jobs.join(' '), members: jobs.length};
    return {kind: 'refused', message: answers.find((answer) => typeof answer === 'string')!};
  }

  async list(run: string): Promise<readonly QueuedMember[] | undefined> {
    const found = [...(await this.#findMembers(run)).values()];
    if (found.every((jobs) => typeof jobs === 'string')) return undefined;
    const jobs = found.flatMap((jobs) => (typeof jobs === 'string' ? [] : jobs));
    return jobs.map((job) => ({job, state: 'running', word: 'running'}));
  }

  async cancel(run: string): Promise<string | undefined> {
    const refusals = await Promise.all(
      this.#config.hosts.map(async ({host}) => {
        const answer = await this.#ask(host, cancelScript(run, host));
        return isDone(answer) ? [] : [this.#whyFailed(host, answer)];
      }),
    );
    return refusals.flat()[0];
  }

  /** The words for the first host; the members are started by the shell's standard input. */
  commandFor({pool}: Submission): readonly string[] {
    return this.#words(slotsOf(this.#config.hosts, pool)[0]?.host ?? '');
  }

  /** Starts members on a host, and gives the names of those that run; a sentence if none does. */
  async #start(
    host: string,
    submission: Submission,
    slots: readonly Slot[],
  ): Promise<readonly string[] | string> {
    const {run} = submission;
    const text = startScript(submission, run, slots, this.#host.environment);
    const answer = await this.#ask(host, text);
    const asked = slots.map(({job}) => job);
    if (isDone(answer)) return asked;
    // The answer may be lost after they were started.
    const jobs = await this.#membersOn(host, run);
    const running = typeof jobs === 'string' ? [] : asked.filter((job) => jobs.includes(job));
    return running.length > 0 ? running : this.#whyFailed(host, answer);
  }

  /** The names of a run's members on each host, or a sentence why they are not known. */
  async #findMembers(run: string): Promise<ReadonlyMap<string, readonly string[] | string>> {
    const entries = this.#config.hosts.map(
      async ({host}) => [host, await this.#membersOn(host, run)] as const,
    );
    return new Map(await Promise.all(entries));
  }

  async #membersOn(host: string, run: string): Promise<readonly string[] | string> {
    const answer = await this.#ask(host, listScript(run, host));
    return isDone(answer) ? readMembers(answer.stdout, run) : this.#whyFailed(host, answer);
  }

  async #ask(host: string, input: string): Promise<Answer> {
    const {run, environment, limitMs} = this.#host;
    return await run(this.#words(host), {environment, limitMs, input});
  }

  #words(host: string): readonly string[] {
    const own = ['-T', '-o', 'BatchMode=yes', '-o', `ConnectTimeout=${connectSeconds}`];
    return ['ssh', ...this.#config.options, ...own, '--', host, '/bin/sh -s'];
  }

  #whyFailed(host: string, answer: Answer): string {
    return `${host}: ${whyFailed(['ssh'], answer)}`;
  }
}
