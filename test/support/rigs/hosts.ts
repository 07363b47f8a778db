import {spawnSync} from 'node:child_process';
import {kill} from 'node:process';
import {
  listProcesses,
  readProcess,
  type ProcessEntry,
} from '../../../src/store/claims/process-table.ts';

/**
 * The command that starts a program as on another machine: under a host name and with process numbers of its own.
 * @param staysUp other processes of the machine go on when the program has ended; otherwise it is the first of them
 */
export function hostCommand(
  host: string,
  program: readonly string[],
  {staysUp = false}: {readonly staysUp?: boolean} = {},
): {readonly command: string; readonly words: readonly string[]} {
  const script = `hostname "$0" && ${staysUp ? '"$@"; exec sleep infinity' : 'exec "$@"'}`;
  const spaces = ['--uts', '--pid', '--fork', '--kill-child', '--mount-proc'];
  return {command: 'unshare', words: [...spaces, 'sh', '-c', script, host, ...program]};
}

/**
 * Whether to skip a test with several machines, in the form of `node:test`: a sentence, or `false`. In continuous
 * integration they must be possible, so that a check that did not happen never looks like one that passed.
 */
export function skipWithoutHosts(): string | false {
  if (process.env['CI'] === 'true') return false;
  const {command, words} = hostCommand('another', ['true']);
  const isPossible = spawnSync(command, words).status === 0;
  return isPossible ? false : 'this user may not give a process another host name (unshare)';
}

/** Ends the program of a machine that stays up, and no other process. */
export function endProgram(machine: number): void {
  const childOf = (pid: number): number => entriesNow().find(({parent}) => parent === pid)!.pid;
  // The command that made the machine has started a shell, which has started the program.
  kill(childOf(childOf(machine)), 'SIGKILL');
}

/**
 * Sends a signal to all processes that a process has started, and that those have: to the youngest first. Those that are
 * to be killed are stopped before, so that none tells of the end of another.
 */
export function signalAll(ancestor: number, signal: NodeJS.Signals): void {
  const entries = entriesNow();
  const found = new Set([ancestor]);
  for (let before = 0; before !== found.size;) {
    before = found.size;
    for (const {pid, parent} of entries) if (found.has(parent)) found.add(pid);
  }
  found.delete(ancestor);
  const youngestFirst = [...found].reverse();
  if (signal === 'SIGKILL') for (const pid of youngestFirst) kill(pid, 'SIGSTOP');
  for (const pid of youngestFirst) kill(pid, signal);
}

function entriesNow(): readonly ProcessEntry[] {
  return (listProcesses() ?? []).flatMap((pid) => readProcess(pid) ?? []);
}
