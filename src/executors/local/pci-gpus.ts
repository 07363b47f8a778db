import {closeSync, constants, openSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {isSystemError} from '../../base/errno.ts';
import {readableEntriesIn} from '../../base/folder-entries.ts';
import type {Gpu} from './gpu.ts';
import {isPciAddress} from './gpu-token.ts';

/** Folders of the system that describe its GPUs, and hold the files through which programs use them. */
export interface PciFolders {
  /** Absent: `/sys/class/drm`. */
  readonly descriptions?: string;
  /** Absent: `/dev/dri`. */
  readonly devices?: string;
}

/** A GPU of AMD or Intel that this user may open. */
export interface PciGpu extends Gpu {
  readonly pciAddress: string;
  /** Whether it is a card with memory of its own. */
  readonly isDedicated: boolean;
}

/**
 * Finds the GPUs of AMD and Intel by the kernel's description of them, without a library. NVIDIA's are left to
 * `nvidia-smi`. A container may see the description of a GPU that it was not given, so each must be one that can be opened.
 */
export function findPciGpus(folders: PciFolders = {}): readonly PciGpu[] {
  const {descriptions = '/sys/class/drm', devices = '/dev/dri'} = folders;
  const gpus = readableEntriesIn(descriptions)
    .map(({name}) => name)
    .filter((name) => /^renderD\d+$/.test(name))
    .filter((name) => canOpen(path.join(devices, name)))
    .map((name) => describe(path.join(descriptions, name, 'device')))
    .filter((gpu) => gpu !== undefined);
  return gpus.sort((a, b) => (a.token < b.token ? -1 : 1));
}

/** Makers by their numbers on the PCI bus. */
const makers: ReadonlyMap<string, string> = new Map([
  ['0x1002', 'AMD'],
  ['0x8086', 'Intel'],
]);

/** Processors with graphics set less than this aside for them unless told otherwise; cards for computing have more. */
const dedicatedMiB = 4096;

function describe(folder: string): PciGpu | undefined {
  const vendor = textOf(path.join(folder, 'vendor'));
  const maker = makers.get(vendor ?? '');
  const address = /^PCI_SLOT_NAME=(.*)$/m.exec(textOf(path.join(folder, 'uevent')) ?? '')?.[1];
  if (maker === undefined || address === undefined || !isPciAddress(address)) return undefined;
  // Only AMD's driver tells.
  const bytes = Number(textOf(path.join(folder, 'mem_info_vram_total')) ?? Number.NaN);
  const memory = Number.isNaN(bytes) ? undefined : Math.round(bytes / 2 ** 20);
  const number = textOf(path.join(folder, 'device'))?.replace(/^0x/, '') ?? 'unknown';
  return {
    token: address,
    identity: address,
    name: `${maker} GPU ${number}`,
    pciAddress: address,
    // Intel's graphics within processors are devices of bus 0.
    isDedicated: maker === 'AMD' ? (memory ?? 0) >= dedicatedMiB : !address.startsWith('0000:00:'),
    ...(memory === undefined ? {} : {memoryMiB: memory}),
  };
}

/** Permissions do not tell: a control group may forbid a device. */
function canOpen(file: string): boolean {
  try {
    closeSync(openSync(file, constants.O_RDWR));
    return true;
  } catch (error) {
    if (isSystemError(error)) return false;
    throw error;
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}
