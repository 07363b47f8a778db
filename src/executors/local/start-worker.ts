import {attemptVariable} from '../../contract/command.ts';
import type {JobSetup, Worker} from '../../schedule/executor.ts';
import type {Share} from './gpu.ts';
import {outOfMemory} from './out-of-memory.ts';
import {spawnWorker} from './spawn-worker.ts';

/** Has a job done in a process that sees the GPUs it was given, and knows why that was ended. */
export async function startWorker(
  {job, logFile, onMessage}: JobSetup,
  machine: {
    readonly workerModule: string;
    readonly workerEnvironment: Readonly<Record<string, string>>;
    countOomKills(): number | undefined;
  },
  given: {
    readonly shares: readonly Share[];
    /** Told the process before it is given its job, and those that are at it whenever that changes. */
    readonly onProcesses: (pids: readonly number[]) => void;
  },
): Promise<Worker> {
  const before = machine.countOomKills();
  const {outcome, stop, kill} = await spawnWorker({
    module: machine.workerModule,
    job,
    environment: {
      ...machine.workerEnvironment,
      ...gpuVariables(given.shares),
      [attemptVariable]: job.attempt,
    },
    logFile,
    onProcesses: given.onProcesses,
    onMessage,
  });
  let endedByUs = false;
  return {
    outcome,
    stop,
    kill: () => {
      endedByUs = true;
      kill();
    },
    explain: (end) => {
      const kills = {before, after: machine.countOomKills()};
      return outOfMemory(end, {logFile, endedByUs, kills});
    },
  };
}

/** A stage sees the GPUs that it was given, and no other: without any, none. */
function gpuVariables(shares: readonly Share[]): Readonly<Record<string, string>> {
  const visible = shares.map(({gpu}) => gpu.token).join(',');
  if (visible === '') return {CUDA_VISIBLE_DEVICES: ''};
  return {
    CUDA_VISIBLE_DEVICES: visible,
    // The order in which nvidia-smi counts.
    CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
    // TensorFlow would take all memory of a GPU that others share.
    TF_FORCE_GPU_ALLOW_GROWTH: 'true',
  };
}
