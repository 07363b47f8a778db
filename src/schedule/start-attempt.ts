import {randomBytes} from 'node:crypto';
import path from 'node:path';
import {fileNameOf} from '../base/file-name.ts';
import type {Resources} from '../pipeline/instance.ts';
import {runFolder} from '../store/layout.ts';
import type {Job} from '../worker/protocol.ts';
import {spawnWorker, type Worker} from '../worker/spawn-worker.ts';
import type {DeviceToken} from './devices.ts';
import type {ExecutionSetup} from './execution.ts';
import {isForced, type Task} from './run-queue.ts';

/** One try at an instance. */
export interface Attempt {
  /** As its record names it. */
  readonly name: string;
  readonly worker: Promise<Worker>;
}

/** Starts a worker for a task, and says so. */
export function startAttempt(
  task: Task,
  given: {
    readonly setup: ExecutionSetup;
    readonly devices: readonly DeviceToken[];
    readonly threads: number;
    readonly expectedMs: number | undefined;
  },
): Attempt {
  const {setup, devices, threads, expectedMs} = given;
  const {store, run, emit} = setup;
  const {instance, key, fingerprint, reasons} = task;
  const {id} = instance;
  const attempt = `${key.slice(0, 16)}-${randomBytes(4).toString('hex')}`;
  const logFile = path.join(runFolder(store, run), 'logs', `${fileNameOf(id)}.log`);
  const log = path.relative(store.root, logFile);
  const expected = expectedMs === undefined ? {} : {expectedMs};
  emit({kind: 'started', instance: id, key, attempt, reasons, devices, ...expected, log});
  const job: Job = {
    kind: 'job',
    key,
    fingerprint,
    outputs: outputsOf(task),
    store: store.root,
    registryModule: setup.registryModule,
    attempt,
    engine: {name: setup.engine, threads},
    checkpointIntervalMs: setup.checkpointIntervalMs,
    ...(isForced(task) && {force: true}),
    ...(instance.environment && {variables: instance.environment.values}),
    ...(instance.file !== undefined && {file: instance.file}),
  };
  const startWorker = setup.startWorker ?? spawnWorker;
  const worker = startWorker({
    job,
    environment: environmentFor(instance.resources, setup.environment),
    logFile,
    onMessage: (message) => emit({...message, instance: id}),
  });
  return {name: attempt, worker};
}

/** A stage that asks for no device sees no GPU. */
function environmentFor(
  {device, gpu}: Resources,
  environment: ExecutionSetup['environment'],
): ExecutionSetup['environment'] {
  if (device !== undefined || gpu !== undefined) return environment;
  return {...environment, CUDA_VISIBLE_DEVICES: ''};
}

function outputsOf(task: Task): Job['outputs'] {
  const {outputs} = task.instance.type.contract;
  const entries = Object.entries(outputs).map(
    ([port, {media, many = false}]) => [port, {media, many}] as const,
  );
  return Object.fromEntries(entries);
}
