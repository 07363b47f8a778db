import {spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {openSync, closeSync, readFileSync} from 'node:fs';

/** A server in the foreground that ends with the test that has started it, with its output in a file. */
export class Daemon implements AsyncDisposable {
  readonly #log: string;
  readonly #child: ChildProcess;

  private constructor(log: string, child: ChildProcess) {
    this.#log = log;
    this.#child = child;
  }

  /** @param log the path of the file to which its output is appended */
  static async start(
    log: string,
    command: readonly string[],
    environment: NodeJS.ProcessEnv = process.env,
  ): Promise<Daemon> {
    const output = openSync(log, 'a');
    // The system ends it if this process is killed.
    const words = ['--pdeathsig', 'KILL', ...command];
    const child = spawn('setpriv', words, {env: environment, stdio: ['ignore', output, output]});
    closeSync(output);
    await once(child, 'spawn');
    return new Daemon(log, child);
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Throws, with its output, if it has ended. */
  check(): void {
    if (!this.#hasEnded) return;
    throw new Error(
      `${this.#child.spawnargs.join(' ')} ended:\n${readFileSync(this.#log, 'utf8')}`,
    );
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#hasEnded) return;
    // A stopped process ends by it, too.
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }

  get #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }
}
