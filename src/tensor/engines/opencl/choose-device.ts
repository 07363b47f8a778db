import {UnavailableError} from '../gpu/errors.ts';
import {untold} from '../gpu/untold.ts';

/** The facts about a device that the choice depends on. */
export interface Candidate {
  readonly name: string;
  readonly kind: 'gpu' | 'cpu' | 'other';
  readonly pciAddress?: string;
}

/** The card that may be used. */
export interface DeviceWish {
  /** Absent: the only GPU there is. */
  readonly pciAddress?: string;
  /** Whether the machine has no other GPU. Absent: unless an address tells it from others. */
  readonly isOnlyGpu?: boolean;
  /** Whether a driver that computes on the CPU is used, and no GPU: slow, for tests. */
  readonly software?: boolean;
}

/**
 * Chooses the device that may be used and no other: a GPU, or a CPU if software is asked for.
 * @param problems the libraries that could not be used, a sentence each
 * @throws UnavailableError if there is none, or if drivers do not tell which it is
 */
export function chooseDevice<T extends Candidate>(
  devices: readonly T[],
  wish: DeviceWish,
  problems: readonly string[] = [],
): T {
  const gpus = devices.filter(({kind}) => kind === 'gpu');
  const cpu = devices.find(({kind}) => kind === 'cpu');
  if (wish.software === true) {
    if (cpu !== undefined) return cpu;
    throw new UnavailableError(
      'OpenCL lists no driver that computes on the CPU, such as PoCL (package pocl-opencl-icd).',
    );
  }
  if (gpus.length === 0) throw new UnavailableError(noGpu(devices, problems));
  const {pciAddress, isOnlyGpu = pciAddress === undefined} = wish;
  const [first] = gpus;
  if (gpus.length === 1 && first!.pciAddress === undefined) {
    if (isOnlyGpu) return first!;
    throw new UnavailableError(untold('OpenCL', first!.name, {pciAddress, instead: 'webgpu'}));
  }
  if (pciAddress === undefined) return onlyCard(gpus);
  // Two drivers may list one card: the first is as good as the second.
  const found = gpus.find((gpu) => gpu.pciAddress === pciAddress);
  if (found !== undefined) return found;
  throw new UnavailableError(
    `OpenCL does not list the GPU at ${pciAddress}. It lists ${gpus.map(describe).join(', ')}.`,
  );
}

function onlyCard<T extends Candidate>(gpus: readonly T[]): T {
  const [first, ...rest] = gpus as readonly [T, ...T[]];
  const isSame = (other: T): boolean =>
    other.pciAddress !== undefined && other.pciAddress === first.pciAddress;
  if (rest.every(isSame)) return first;
  throw new UnavailableError(
    `OpenCL lists ${gpus.map(describe).join(', ')}, and which of them may be used is not known. Name one by --devices or CUDA_VISIBLE_DEVICES.`,
  );
}

function noGpu(devices: readonly Candidate[], problems: readonly string[]): string {
  const names = devices.map(({name}) => name);
  const only = names.length === 0 ? '' : `, only ${names.join(', ')}`;
  const reasons = problems.length === 0 ? '' : ` (${problems.join('; ')})`;
  return `OpenCL lists no GPU${only}${reasons}. The OpenCL driver of the card’s maker has to be installed; \`clinfo\` (package clinfo) shows what OpenCL finds.`;
}

function describe({name, pciAddress}: Candidate): string {
  return pciAddress === undefined ? name : `${name} at ${pciAddress}`;
}
