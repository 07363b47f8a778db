import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {fileURLToPath} from 'node:url';
import type {Driven} from './drive.ts';

/** Time limit: no command takes this long, even on a busy machine. */
const limitMs = 100_000;

const program = fileURLToPath(
  new URL('../../test-bundle/test/support/program/cli.js', import.meta.url),
);

/** The end of the program. A signal has the code −1. */
export type Ended = Driven & {readonly hung: boolean};

/** Runs the program as a separate process, as another user if one is given, and ends it if it hangs. */
export async function runProgram(
  args: readonly string[],
  place: {
    readonly cwd: string;
    readonly environment?: Readonly<Record<string, string>>;
    readonly user?: {readonly uid: number; readonly gid: number};
  },
): Promise<Ended> {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: place.cwd,
    env: {...process.env, CUDA_VISIBLE_DEVICES: '', ...place.environment},
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    ...place.user,
  });
  const printed = {stdout: '', stderr: ''};
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => (printed[name] += text));
  let hung = false;
  const timer = setTimeout(() => {
    hung = true;
    // The head leads a group; workers end after it, when their stage has ended.
    process.kill(-child.pid!, 'SIGKILL');
  }, limitMs);
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(timer);
  return {code: code ?? -1, ...printed, hung};
}
