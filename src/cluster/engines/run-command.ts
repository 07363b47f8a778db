import {kill} from 'node:process';
import {isErrno} from '../../base/errno.ts';
import {visibleLine} from '../../base/visible.ts';

/** The end of a command of a cluster. */
export type Answer =
  | {
      readonly kind: 'ended';
      /** 255 if a signal ended it. */
      readonly code: number;
      readonly stdout: string;
      readonly stderr: string;
    }
  /** It took longer than it may, and was killed. */
  | {readonly kind: 'late'; readonly limitMs: number}
  /** It could not be started, for the system's reason, such as `ENOENT`. */
  | {readonly kind: 'unstarted'; readonly why: string};

/** Runs a command by its words, without a shell. Never rejects. */
export type RunCommand = (
  words: readonly string[],
  given: {
    readonly environment: Readonly<Record<string, string | undefined>>;
    readonly limitMs: number;
    /** The text on its standard input. */
    readonly input?: string;
  },
) => Promise<Answer>;

/** The largest output that is read, in characters: a hundred for each of 100,000 allocations. */
const maxOutput = 10_000_000;

/** Runs a command in a group of its own, which Ctrl-C does not reach: a submission is not cut off. */
export const runCommand: RunCommand = async (
  [program, ...words],
  {environment, limitMs, input = ''},
) => {
  const {execa} = await import('execa');
  const child = execa(program!, words, {
    env: {...environment},
    extendEnv: false,
    detached: true,
    cleanup: false,
    reject: false,
    maxBuffer: maxOutput,
    input,
  });
  let timer: NodeJS.Timeout | undefined;
  // Programs that it has started may keep its output open, so that its end is not waited for.
  const late = new Promise<Answer>((resolve) => {
    timer = setTimeout(() => {
      endGroup(child.pid);
      child.unref();
      resolve({kind: 'late', limitMs});
    }, limitMs);
  });
  const ended = child.then(({exitCode, code, isMaxBuffer, stdout, stderr}): Answer => {
    if (isMaxBuffer) endGroup(child.pid);
    if (child.pid === undefined) return {kind: 'unstarted', why: code ?? 'unknown'};
    return {kind: 'ended', code: exitCode ?? 255, stdout, stderr};
  });
  try {
    return await Promise.race([ended, late]);
  } finally {
    clearTimeout(timer);
  }
};

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    kill(-pid, 'SIGKILL');
  } catch (error) {
    if (!isErrno(error, 'ESRCH', 'EPERM')) throw error;
  }
}

/** The largest number of characters of a message of a command's that is told. */
const maxMessage = 500;

export function isDone(answer: Answer): answer is Extract<Answer, {readonly kind: 'ended'}> {
  return answer.kind === 'ended' && answer.code === 0;
}

/** The reason why a command failed, as a sentence that begins with its name. */
export function whyFailed([program]: readonly string[], answer: Answer): string {
  switch (answer.kind) {
    case 'late':
      return `${program} did not answer within ${answer.limitMs / 1000} s.`;
    case 'unstarted':
      return answer.why === 'ENOENT'
        ? `There is no program ${program} on this machine.`
        : `${program} cannot be started (${answer.why}).`;
    case 'ended': {
      const said = messageOf(answer.stderr) || messageOf(answer.stdout);
      return said === ''
        ? `${program} failed with exit code ${answer.code}.`
        : `${program} failed: ${said}${/[.!?]$/.test(said) ? '' : '.'}`;
    }
  }
}

/** The text that a command printed, on one line, without the words `sbatch: error:` before each line. */
function messageOf(text: string): string {
  const lines = text
    .split('\n')
    .map((line) => line.replace(/^[\w-]+: (error: )?/, '').trim())
    .filter(Boolean);
  const said = visibleLine(lines.join('; '));
  return said.length > maxMessage ? `${said.slice(0, maxMessage)}…` : said;
}
