import {attemptVariable} from '../../contract/command.ts';
import type {JobSetup, Worker} from '../../schedule/executor.ts';
import type {Share} from './gpu.ts';
import {isPciAddress} from './gpu-token.ts';
import {outOfMemory} from './out-of-memory.ts';
import type {SpawnWorker} from './spawn-worker.ts';

/** Starts a worker in a process that sees only its GPUs, and explains a sudden end of it. */
export async function startWorker(
  {job, logFile, onMessage}: JobSetup,
  machine: {
    readonly workerModule: string;
    readonly spawnWorker: SpawnWorker;
    readonly workerEnvironment: Readonly<Record<string, string>>;
    countOomKills(): number | undefined;
  },
  given: {
    readonly shares: readonly Share[];
    /** Called with the processes of the attempt: first before the job is sent, and again whenever they change. */
    readonly onProcesses: (pids: readonly number[]) => void;
  },
): Promise<Worker> {
  const before = machine.countOomKills();
  const {outcome, stop, kill} = await machine.spawnWorker({
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

/** The variables that show a stage the GPUs that it was given, and no others. */
function gpuVariables(shares: readonly Share[]): Readonly<Record<string, string>> {
  // CUDA numbers NVIDIA's GPUs only.
  const tokens = shares
    .filter(({gpu}) => gpu.isSoftware !== true && !isPciAddress(gpu.token))
    .map(({gpu}) => gpu.token);
  const visible = tokens.join(',');
  if (visible === '') return {CUDA_VISIBLE_DEVICES: ''};
  return {
    CUDA_VISIBLE_DEVICES: visible,
    // The order in which nvidia-smi counts.
    CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
    // By default TensorFlow takes all memory of a GPU, which others may share.
    TF_FORCE_GPU_ALLOW_GROWTH: 'true',
  };
}
