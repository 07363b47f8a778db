import {appendFileSync} from 'node:fs';
import type {Registry} from '../../src/contract/registry.ts';
import type {FailpointHook} from '../../src/store/failpoint.ts';
import {isNews} from '../../src/worker/protocol.ts';
import {performJob} from '../../src/worker/perform-job.ts';
import type {StartWorker} from '../../src/executors/local/spawn-worker.ts';

/**
 * Does jobs in this process, with these stage types: quick, and in all but the process the same as a real worker. It
 * cannot be killed: `kill` is `stop`.
 */
export function inProcessWorkers(
  registry: Registry,
  failpoint: FailpointHook = () => undefined,
): StartWorker {
  return (setup) => {
    const {job, logFile} = setup;
    const stopping = new AbortController();
    const stop = (): void => stopping.abort();
    const outcome = performJob(job, {
      registry,
      pid: process.pid,
      nodeVersion: process.version,
      environment: process.env,
      stopping: stopping.signal,
      failpoint,
      send: (message) => {
        if (isNews(message)) setup.onMessage(message);
      },
      log: (line) => appendFileSync(logFile, `${line}\n`),
      attend: (code) => code(),
      endRest: () => Promise.resolve(),
    });
    return Promise.resolve({outcome, stop, kill: stop});
  };
}
