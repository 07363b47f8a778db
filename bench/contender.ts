import {spawn} from 'node:child_process';
import {createInterface} from 'node:readline';

/** The first message of a contender, after it has warmed up. */
export interface Introduction {
  readonly description: string;
  /** Its results by name, which must equal those of the other contenders. */
  readonly results: Readonly<Record<string, number>>;
  /** The largest relative difference of its results that its arithmetic explains; defaults to 0.001. */
  readonly tolerance?: number;
}

/** The first message of a contender that does not compete. */
interface Absence {
  readonly absent: string;
}

/** In bytes; the engine's own count is present only if the engine keeps one. */
export interface Peak {
  readonly processPeakBytes: number;
  readonly enginePeakBytes?: number;
}

/** A process that only waits between its rounds. */
export interface Contender {
  readonly introduction: Introduction;
  /** Runs a round, and gives milliseconds per step. */
  round(): Promise<number>;
  /** Ends the process. */
  finish(): Promise<Peak>;
}

/**
 * Starts a process that answers each line with a line of JSON; gives its reason if it does not compete. Rejects if it
 * ends too early.
 */
export async function startContender(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Contender | string> {
  const child = spawn(command, args, {env, stdio: ['pipe', 'pipe', 'inherit']});
  const failed = new Promise<never>((_, reject) => child.once('error', reject));
  const lines = createInterface({input: child.stdout})[Symbol.asyncIterator]();
  const nextLine = async (): Promise<unknown> => {
    const line = await Promise.race([lines.next(), failed]);
    if (line.done === true) throw new Error(`${command} ${args.join(' ')} ended too early`);
    return JSON.parse(line.value);
  };
  const introduction = (await nextLine()) as Introduction | Absence;
  if ('absent' in introduction) return introduction.absent;
  return {
    introduction,
    async round() {
      child.stdin.write('round\n');
      return ((await nextLine()) as {readonly stepMs: number}).stepMs;
    },
    async finish() {
      child.stdin.end();
      return (await nextLine()) as Peak;
    },
  };
}
