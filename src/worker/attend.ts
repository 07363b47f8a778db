import type {WorkerChannel} from './channel.ts';

/** Thrown when a stage waits for something that cannot happen any more. */
export class NeverEnds extends Error {
  override readonly name = 'NeverEnds';
}

/**
 * Runs a stage's code to its end. Meanwhile the channel to the head does not keep the process alive, though messages
 * still arrive. If nothing else does either, the code waits for something that cannot happen, and this rejects with a
 * `NeverEnds`. The same rule ends any Node.js program: there is no timer, no file or socket that is being read or
 * written, no child process and no thread, except those that were told not to keep the process alive (`unref`).
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
