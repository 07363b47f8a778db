import {appendFileSync} from 'node:fs';
import type {WorkerProcess} from '../../../src/executors/local/spawn-worker.ts';
import type {Registry} from '../../../src/contract/registry.ts';
import type {JobSetup} from '../../../src/schedule/executor.ts';
import type {FailpointHook} from '../../../src/store/failpoint.ts';
import {isNews} from '../../../src/worker/protocol.ts';
import {performJob} from '../../../src/worker/perform-job.ts';

/**
 * Does a job in this process, with these stage types: fast, and equal to a real worker except for the process. It
 * cannot be killed: `kill` is `stop`.
 */
export function workHere(
  {job, logFile, onMessage}: JobSetup,
  registry: Registry,
  failpoint: FailpointHook = () => undefined,
): WorkerProcess {
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  // A process has a log from its start, whether it writes anything or not.
  appendFileSync(logFile, '');
  const outcome = performJob(job, {
    registry,
    pid: process.pid,
    nodeVersion: process.version,
    environment: process.env,
    stopping: stopping.signal,
    failpoint,
    hasHead: () => true,
    send: (message) => {
      if (isNews(message)) onMessage(message);
    },
    log: (line) => appendFileSync(logFile, `${line}\n`),
    attend: (code) => code(),
    endRest: () => Promise.resolve(),
  });
  return {outcome, stop, kill: stop};
}
