import type {WorkerChannel} from './channel.ts';

/** Thrown when a stage waits for what cannot happen any more. */
export class NeverEnds extends Error {
  override readonly name = 'NeverEnds';
}

/**
 * Runs a stage's code to its end. Meanwhile the channel to the head, by which messages arrive all the same, keeps the process
 * from ending no more: when nothing else does either, the code waits for what cannot happen, and this rejects with a
 * `NeverEnds`. It is by that rule that any Node.js program ends: no timer, no file or socket that is being read or
 * written, no child process and no thread is left, unless it was told not to keep the process (`unref`).
 */
export async function attend(
  process: Pick<NodeJS.Process, 'once' | 'off'>,
  head: Pick<WorkerChannel, 'ref' | 'unref'>,
  code: () => Promise<void>,
): Promise<void> {
  let idle = (): void => undefined;
  const neverEnds = new Promise<never>((_resolve, reject) => {
    idle = () => reject(new NeverEnds());
  });
  process.once('beforeExit', idle);
  head.unref();
  try {
    await Promise.race([code(), neverEnds]);
  } finally {
    process.off('beforeExit', idle);
    head.ref();
  }
}
