/** The worker process: does one job, answers over its channel, and ends. See `protocol.ts`. */
import {writeSync} from 'node:fs';
import {ignoreBatchSignals} from '../base/batch-signals.ts';
import type {Registry} from '../contract/registry.ts';
import {endProcesses} from '../store/claims/attempt-processes.ts';
import {BeatingThread} from '../store/claims/heartbeat.ts';
import {failpoints, type FailpointHook} from '../store/failpoint.ts';
import {attend} from './attend.ts';
import type {WorkerChannel} from './channel.ts';
import {ipcChannel} from './ipc-channel.ts';
import {performJob} from './perform-job.ts';
import type {Job, Outcome} from './protocol.ts';

ignoreBatchSignals(process);
const stopping = new AbortController();
const head: WorkerChannel = ipcChannel(process);

head.listen((message) => {
  if (message.kind === 'stop') stopping.abort();
  else void answer(message);
});
// This stops a worker whose head has died. The head handles Ctrl-C on the terminal.
process.on('SIGTERM', () => stopping.abort());
process.on('SIGINT', () => undefined);
process.on('uncaughtException', (error) => void end(crash(error)));

async function answer(job: Job): Promise<void> {
  // From the death of the head on, only this process can show other machines that its lease counts.
  void head.closed().then(() => new BeatingThread({root: job.store}, job.member));
  const {registry} = (await import(job.registryModule)) as {readonly registry: Registry};
  const outcome = await performJob(job, {
    registry,
    pid: process.pid,
    nodeVersion: process.version,
    environment: process.env,
    stopping: stopping.signal,
    failpoint,
    hasHead: () => process.connected,
    send: (message) => void head.send(message),
    log: (line) => void writeSync(1, `${line}\n`),
    attend: (code) => attend(process, head, code),
    endRest: (attempt) => endProcesses(attempt, {self: process.pid}),
  });
  await end(outcome);
}

/** Sends the outcome, if the head still listens, and exits even if the stage left something open. */
async function end(outcome: Outcome): Promise<void> {
  if (outcome.kind === 'failed' && outcome.cause.kind === 'crash') {
    writeSync(2, `${outcome.cause.stack}\n`);
  }
  await head.send(outcome);
  process.exit(0);
}

function crash(error: Error): Outcome {
  const {message, stack = message} = error;
  return {kind: 'failed', cause: {kind: 'crash', message, stack}};
}

/** For crash tests only: ends the process at the moment that PIPELINE_FAILPOINT names, as a power cut would. */
const failpoint: FailpointHook = (reached) => {
  if (failpoints.includes(reached) && process.env['PIPELINE_FAILPOINT'] === reached) {
    process.kill(process.pid, 'SIGKILL');
  }
};
