import {kill} from 'node:process';
import {isErrno} from '../../base/errno.ts';
import {onDemand} from '../../base/on-demand.ts';

/** A GPU in the driver's list. */
export interface ListedGpu {
  readonly index: number;
  /** `GPU-…` */
  readonly uuid: string;
  readonly name: string;
  /** Absent: the driver does not report it. */
  readonly memoryMiB?: number;
  /** Such as `0000:c1:00.0`. Absent: the driver does not report it. */
  readonly pciAddress?: string;
}

export type GpuList =
  | {readonly kind: 'listed'; readonly gpus: readonly ListedGpu[]}
  /** There is no such program. */
  | {readonly kind: 'absent'}
  /** The reason why it gave no list, as the rest of a sentence that begins with its name. */
  | {readonly kind: 'failed'; readonly message: string};

/** Default time limit: a driver that has to wake up many GPUs first takes a few seconds. */
const usualLimitMs = 10_000;
const query = [
  '--query-gpu=index,uuid,pci.bus_id,name,memory.total',
  '--format=csv,noheader,nounits',
];

/** Asks `nvidia-smi` on the `PATH` for the GPUs. Never rejects, and never exceeds the limit. */
export function listGpus(
  environment: Readonly<Record<string, string | undefined>>,
  limitMs: number = usualLimitMs,
): Promise<GpuList> {
  return new Promise((resolve) => {
    const {spawn} = onDemand('node:child_process');
    const child = spawn('nvidia-smi', query, {
      env: {...environment},
      // A group of its own, so that its children end with it.
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
    // A driver that hangs may prevent even a killed process from ending, so we do not wait for that.
    const timer = setTimeout(() => {
      killGroup(child.pid);
      child.stdout.destroy();
      child.unref();
      resolve({kind: 'failed', message: `gave no answer within ${limitMs / 1000} s`});
    }, limitMs);
    child.on('error', (error) => {
      clearTimeout(timer);
      if (isErrno(error, 'ENOENT')) resolve({kind: 'absent'});
      else resolve({kind: 'failed', message: `could not be started (${error.message})`});
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (code === 0) resolve(parseList(text));
      else resolve({kind: 'failed', message: `ended with ${signal ?? `exit code ${code}`}`});
    });
  });
}

/** Parses lines of index, UUID, PCI address if there is one, name and MiB. A name may contain commas. */
export function parseList(text: string): GpuList {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const gpus: ListedGpu[] = [];
  for (const line of lines) {
    const match = pattern.exec(line);
    if (match === null) {
      const shown = JSON.stringify(line.length > 60 ? `${line.slice(0, 60)}…` : line);
      return {kind: 'failed', message: `did not answer with a list of GPUs: ${shown}`};
    }
    const [, index, uuid, domain, place, name, memory] = match;
    const memoryMiB = /^\d+$/.test(memory!) ? {memoryMiB: Number(memory)} : {};
    // The driver writes domains with eight digits, the kernel with four.
    const pciAddress =
      place === undefined ? {} : {pciAddress: `${domain!.slice(-4)}:${place}`.toLowerCase()};
    gpus.push({index: Number(index), uuid: uuid!, name: name!, ...memoryMiB, ...pciAddress});
  }
  return {kind: 'listed', gpus};
}

const pattern =
  /^\s*(\d+)\s*,\s*(GPU-[0-9a-fA-F-]+)\s*,\s*(?:([0-9a-fA-F]{4,8}):([0-9a-fA-F]{2}:[0-9a-fA-F]{2}\.\d)\s*,\s*)?(.*?)\s*,\s*([^,]*?)\s*$/;

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    kill(-pid, 'SIGKILL');
  } catch (error) {
    if (!isErrno(error, 'ESRCH')) throw error;
  }
}
