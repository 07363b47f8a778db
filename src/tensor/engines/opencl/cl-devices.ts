import type {Limits} from '../../kernels/kernel.ts';
import type {ClApi, Handle} from './bindings.ts';
import type {ClLibrary} from './cl-libraries.ts';

/** A device that OpenCL lists. */
export interface ClDevice {
  readonly api: ClApi;
  /** The name of the library through which it was found. */
  readonly library: string;
  readonly platform: Handle;
  readonly device: Handle;
  readonly name: string;
  readonly driver: string;
  readonly kind: 'gpu' | 'cpu' | 'other';
  /** Such as `0000:c1:00.0`. Absent: the driver does not tell. */
  readonly pciAddress?: string;
  readonly limits: Limits;
}

/** The devices of libraries that can compile and run kernels, in the order in which they are listed. */
export function listDevices(libraries: readonly ClLibrary[]): readonly ClDevice[] {
  return libraries.flatMap((library) =>
    library.platforms.flatMap((platform) =>
      devicesOf(library.api, platform)
        .map((device) => describe(library, platform, device))
        .filter((device) => device !== undefined),
    ),
  );
}

const everyKind = 0xffff_ffffn;

/** None if the driver lists none or fails: one driver's failure does not hide the devices of others. */
function devicesOf(api: ClApi, platform: Handle): readonly Handle[] {
  const count: [number] = [0];
  if (api.clGetDeviceIDs(platform, everyKind, 0, null, count) !== 0) return [];
  const devices = Array.from<Handle | null>({length: count[0]}).fill(null);
  if (api.clGetDeviceIDs(platform, everyKind, count[0], devices, count) !== 0) return [];
  return devices.filter((device) => device !== null);
}

/** Keys of `clGetDeviceInfo`, from OpenCL's headers. */
const keys = {
  kind: 0x1000,
  groupThreads: 0x1004,
  dimensionThreads: 0x1005,
  memoryBytes: 0x1010,
  argumentBytes: 0x1017,
  sharedBytes: 0x1023,
  isAvailable: 0x1027,
  hasCompiler: 0x1028,
  name: 0x102b,
  driver: 0x102d,
  version: 0x102f,
  pciKhr: 0x410f,
  pciBusNvidia: 0x4008,
  pciSlotNvidia: 0x4009,
  pciDomainNvidia: 0x400a,
  pciAmd: 0x4037,
} as const;

function describe(
  {api, name: library}: ClLibrary,
  platform: Handle,
  device: Handle,
): ClDevice | undefined {
  const query: Query = (key, size) => {
    const to = Buffer.alloc(size);
    return api.clGetDeviceInfo(device, key, size, to, null) === 0 ? to : undefined;
  };
  const number = (key: number, size: 4 | 8): number | undefined => {
    const bytes = query(key, size);
    return bytes && (size === 4 ? bytes.readUInt32LE() : Number(bytes.readBigUInt64LE()));
  };
  const text = (key: number): string =>
    (query(key, 1024)?.toString('latin1') ?? '').replace(/\0.*$/s, '').trim();
  if (number(keys.isAvailable, 4) !== 1 || number(keys.hasCompiler, 4) !== 1) return undefined;
  const kind = number(keys.kind, 8) ?? 0;
  const pciAddress = pciAddressOf(query);
  return {
    api,
    library,
    platform,
    device,
    name: text(keys.name),
    driver: `${text(keys.version)}, driver ${text(keys.driver)}`,
    kind: (kind & 4) !== 0 ? 'gpu' : (kind & 2) !== 0 ? 'cpu' : 'other',
    ...(pciAddress === undefined ? {} : {pciAddress}),
    limits: {
      threads: Math.min(
        number(keys.groupThreads, 8) ?? 1,
        Number(query(keys.dimensionThreads, 64)?.readBigUInt64LE() ?? 1n),
      ),
      sharedBytes: number(keys.sharedBytes, 8) ?? 0,
      bindings: Math.floor((number(keys.argumentBytes, 8) ?? 1024) / 8),
      bindingBytes: Math.min(number(keys.memoryBytes, 8) ?? 0, indexedBytes),
      // PoCL, which runs on the CPU, loses stores where a barrier is in a branch (pocl/pocl#2235).
      wantsBarriersApart: (kind & 2) !== 0,
    },
  };
}

/** The numbers of a memory are counted by integers of 32 bits, and so are the bytes between two of them. */
const indexedBytes = 2 ** 33;

/** A device's answer of a number of bytes; `undefined` if it does not know the key. */
export type Query = (key: number, size: number) => Buffer | undefined;

/** A device's PCI address, as OpenCL's, NVIDIA's and AMD's extensions tell it. */
export function pciAddressOf(query: Query): string | undefined {
  const khr = query(keys.pciKhr, 16);
  if (khr !== undefined) {
    return pciAddress(
      khr.readUInt32LE(0),
      khr.readUInt32LE(4),
      khr.readUInt32LE(8),
      khr.readUInt32LE(12),
    );
  }
  const bus = query(keys.pciBusNvidia, 4)?.readUInt32LE();
  const slot = query(keys.pciSlotNvidia, 4)?.readUInt32LE();
  if (bus !== undefined && slot !== undefined) {
    const domain = query(keys.pciDomainNvidia, 4)?.readUInt32LE() ?? 0;
    return pciAddress(domain, bus, slot >> 3, slot & 7);
  }
  // AMD: 17 unused bytes follow the kind of bus, of which 1 is PCI Express.
  const amd = query(keys.pciAmd, 24);
  if (amd?.readUInt32LE() !== 1) return undefined;
  return pciAddress(0, amd[21]!, amd[22]!, amd[23]!);
}

function pciAddress(domain: number, bus: number, device: number, part: number): string {
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
  return `${hex(domain, 4)}:${hex(bus, 2)}:${hex(device, 2)}.${part.toString(16)}`;
}
