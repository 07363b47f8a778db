import type {ClusterEngine, QueuedMember, Submission, Submitted} from '../engine.ts';
import type {EngineHost} from './engine-host.ts';
import {membersIn} from './kubernetes-list.ts';
import {jobManifest, runLabel, type KubernetesConfig} from './kubernetes-manifest.ts';
import {isDone, whyFailed, type Answer} from './run-command.ts';

/**
 * Members as pods of indexed jobs, by `kubectl`. A job has the name of its submission, so that a submission whose answer
 * was lost can be repeated.
 */
export class KubernetesEngine implements ClusterEngine {
  readonly #config: KubernetesConfig;
  readonly #host: EngineHost;

  constructor(config: KubernetesConfig, host: EngineHost) {
    this.#config = config;
    this.#host = host;
  }

  async submit(submission: Submission): Promise<Submitted> {
    const manifest = jobManifest(submission, this.#config, this.#host);
    const input = `${JSON.stringify(manifest, undefined, 2)}\n`;
    const words = this.commandFor();
    let answer = await this.#ask(words, input);
    if (answer.kind === 'late') answer = await this.#ask(words, input);
    if (!isDone(answer)) {
      const message = whyFailed(words, answer);
      return {kind: /exceeded quota/.test(message) ? 'limited' : 'refused', message};
    }
    const {name} = manifest['metadata'] as {readonly name: string};
    return {kind: 'submitted', job: name, members: submission.members};
  }

  async list(run: string): Promise<readonly QueuedMember[] | undefined> {
    const which = `--selector=${runLabel}=${run}`;
    const answer = await this.#ask([...this.#words('get', 'jobs,pods'), which, '--output=json']);
    return isDone(answer) ? membersIn(answer.stdout) : undefined;
  }

  async cancel(run: string): Promise<string | undefined> {
    const which = `--selector=${runLabel}=${run}`;
    const words = [...this.#words('delete', 'jobs'), which, '--wait=false'];
    const answer = await this.#ask(words);
    return isDone(answer) ? undefined : whyFailed(words, answer);
  }

  /** The manifest is the command's standard input. */
  commandFor(): readonly string[] {
    return this.#words('apply', '--filename=-');
  }

  #words(verb: string, ...words: readonly string[]): readonly string[] {
    return ['kubectl', `--namespace=${this.#config.namespace}`, verb, ...words];
  }

  async #ask(words: readonly string[], input?: string): Promise<Answer> {
    const {run, environment, limitMs} = this.#host;
    return await run(words, {environment, limitMs, ...(input !== undefined && {input})});
  }
}
