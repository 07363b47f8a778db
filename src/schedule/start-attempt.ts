import path from 'node:path';
import {fileNameOf} from '../base/file-name.ts';
import {isMade, type OutputPort} from '../contract/contract.ts';
import type {Media} from '../contract/media.ts';
import {isPartialInput, type Instance} from '../pipeline/graph/instance.ts';
import {isLocalFile} from '../pipeline/nodes/local-files.ts';
import {lowerIn} from '../plan/going-on.ts';
import type {Job} from '../worker/protocol.ts';
import type {Grant, Worker} from './executor.ts';
import {isForced, type Task} from './run-queue.ts';
import type {ExecutionSetup} from './run-setup.ts';

/** The setup of an attempt. */
export interface AttemptPlace {
  readonly grant: Grant;
  readonly threads: number;
  readonly expectedMs: number | undefined;
  /** Its name in the store. */
  readonly attempt: string;
  /** Called for every message of its worker. */
  readonly onMessage: () => void;
  /** The number of this attempt at the instance in this run, counted from 1. */
  readonly number: number;
}

/** Starts a worker for a task, and emits the event. */
export async function startAttempt(
  task: Task,
  setup: ExecutionSetup,
  {grant, threads, expectedMs, attempt, number, onMessage}: AttemptPlace,
): Promise<{readonly worker: Worker; readonly logFile: string}> {
  const {store, folder, emit, member} = setup;
  const {instance, key, fingerprint, reasons} = task;
  const {id} = instance;
  const {devices} = grant;
  const further = number === 1 ? '' : `.try-${number}`;
  const logFile = path.join(folder, 'logs', `${fileNameOf(id)}${further}.log`);
  const log = path.relative(store.root, logFile);
  const expected = expectedMs === undefined ? {} : {expectedMs};
  emit({kind: 'started', instance: id, key, attempt, reasons, devices, ...expected, log});
  const job: Job = {
    kind: 'job',
    key,
    fingerprint,
    inputNames: inputNamesOf(task),
    outputs: outputsOf(task, setup.graph.media),
    store: store.root,
    registryModule: setup.registryModule,
    attempt,
    member,
    engine: {
      name: instance.engine?.name ?? setup.engine,
      numerics: instance.engine?.numerics ?? 'any',
      threads,
      gpu: grant.hasGpu,
      ...(grant.gpuAddress !== undefined && {gpuAddress: grant.gpuAddress}),
      ...(grant.gpuAddresses !== undefined && {gpuAddresses: grant.gpuAddresses}),
      ...(grant.isOnlyGpu !== undefined && {isOnlyGpu: grant.isOnlyGpu}),
      ...((setup.software ?? grant.isSoftware) && {software: true}),
    },
    checkpointIntervalMs: setup.waits.checkpointIntervalMs,
    ...goesOnOf(task),
    ...(instance.type.plugin && {plugin: instance.type.plugin}),
    ...(isForced(task) && {force: true}),
    ...(setup.keepsLeases && {keepsLease: true}),
    ...(instance.environment && {variables: instance.environment.values}),
    ...(instance.folder !== undefined && {folder: instance.folder}),
    ...(instance.file !== undefined && {file: instance.file}),
    ...(instance.locked && {
      locked: {file: instance.locked.file, outputs: instance.locked.outputs},
    }),
  };
  const worker = await grant.start({
    job,
    logFile,
    onMessage: (message) => {
      onMessage();
      emit({...message, instance: id});
    },
  });
  return {worker, logFile};
}

function goesOnOf({instance, reasons}: Task): Pick<Job, 'goesOn'> {
  const lower = lowerIn(reasons);
  const {goesOn} = instance.type.contract;
  if (lower?.kind !== 'goes-on' || goesOn === undefined) return {};
  const {key, digest} = lower;
  return {goesOn: {input: goesOn.input, key, digest}};
}

function inputNamesOf({instance, fingerprint}: Task): Job['inputNames'] {
  const entries = Object.entries(fingerprint.inputs).map(
    ([port, digests]) => [port, namesAt(instance, port, digests.length)] as const,
  );
  return Object.fromEntries(entries);
}

/**
 * The names of an input's artifacts: the user's file, or the output, with a number if the output has several artifacts.
 */
function namesAt(instance: Instance, port: string, count: number): readonly string[] {
  const names = instance.inputs[port]!.map((ref) =>
    isLocalFile(ref.instance) ? ref.instance : `${ref.instance}.${ref.output}`,
  );
  // Each output has at least one artifact, unless it is left out.
  if (names.length === count && !isPartialInput(instance, port)) return names;
  const [name = port] = names.length === 1 ? names : [];
  return Array.from({length: count}, (_, index) => `${name} (number ${index})`);
}

function outputsOf({instance: {type, params}}: Task, known: Media): Job['outputs'] {
  const made = Object.entries<OutputPort>(type.contract.outputs).filter(([, port]) =>
    isMade(port, params),
  );
  return Object.fromEntries(
    made.map(([name, {media, many = false}]) => [name, {media: known.get(media)!, many}] as const),
  );
}
