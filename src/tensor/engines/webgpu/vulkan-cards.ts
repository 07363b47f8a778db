/** Asks Vulkan for the devices that it lists to this process. Dawn sees the same list, but tells only names. */
import type * as Koffi from 'koffi';
import type {VulkanCard} from './which-adapter.ts';

/** The library that Dawn loads, too. */
const loader = 'libvulkan.so.1';

/**
 * The devices in Vulkan's order.
 * @throws Error if Vulkan does not answer
 */
export function listVulkanCards(
  koffi: typeof Koffi,
  library: string = loader,
): readonly VulkanCard[] {
  const vulkan = open(koffi, library);
  const instance = createInstance(koffi, vulkan);
  try {
    const count: [number] = [0];
    check(vulkan.vkEnumeratePhysicalDevices(instance, count, null), 'vkEnumeratePhysicalDevices');
    const devices = new BigUint64Array(new ArrayBuffer(8 * Math.max(count[0], 1)));
    check(
      vulkan.vkEnumeratePhysicalDevices(instance, count, koffi.address(devices)),
      'vkEnumeratePhysicalDevices',
    );
    return Array.from(devices.subarray(0, count[0]), (device) => describe(koffi, vulkan, device));
  } finally {
    vulkan.vkDestroyInstance(instance, null);
  }
}

type Handle = bigint;

interface Vulkan {
  vkCreateInstance(info: Buffer, allocator: null, instance: [Handle | null]): number;
  vkDestroyInstance(instance: Handle, allocator: null): void;
  vkEnumeratePhysicalDevices(instance: Handle, count: [number], devices: Handle | null): number;
  vkEnumerateDeviceExtensionProperties(
    device: Handle,
    layer: null,
    count: [number],
    extensions: Handle | null,
  ): number;
  vkGetPhysicalDeviceProperties2(device: Handle, properties: Handle): void;
}

function open(koffi: typeof Koffi, library: string): Vulkan {
  const functions = koffi.load(library);
  const declare = (text: string): unknown => functions.func(text);
  return {
    vkCreateInstance: declare(
      'int vkCreateInstance(void *info, void *allocator, _Out_ void **instance)',
    ),
    vkDestroyInstance: declare('void vkDestroyInstance(void *instance, void *allocator)'),
    vkEnumeratePhysicalDevices: declare(
      'int vkEnumeratePhysicalDevices(void *instance, _Inout_ uint32_t *count, void *devices)',
    ),
    vkEnumerateDeviceExtensionProperties: declare(
      'int vkEnumerateDeviceExtensionProperties(void *device, void *layer, _Inout_ uint32_t *count, void *extensions)',
    ),
    vkGetPhysicalDeviceProperties2: declare(
      'void vkGetPhysicalDeviceProperties2(void *device, void *properties)',
    ),
  } as unknown as Vulkan;
}

function createInstance(koffi: typeof Koffi, vulkan: Vulkan): Handle {
  const application = structure({bytes: 48, type: 0});
  application.writeUInt32LE(version11, 44);
  const info = structure({bytes: 64, type: 1});
  info.writeBigUInt64LE(koffi.address(application), 24);
  const instance: [Handle | null] = [null];
  check(vulkan.vkCreateInstance(info, null, instance), 'vkCreateInstance');
  return instance[0]!;
}

/** Vulkan 1.1, which first tells properties beyond names. */
const version11 = 0x40_10_00;

/** Types and sizes of Vulkan's structures. */
const properties2 = {bytes: 840, type: 1_000_059_001};
const pciProperties = {bytes: 32, type: 1_000_212_000};
const pciExtension = 'VK_EXT_pci_bus_info';
const extensionBytes = 260;

function describe(koffi: typeof Koffi, vulkan: Vulkan, device: Handle): VulkanCard {
  const properties = structure(properties2);
  const pci = structure(pciProperties);
  const tellsPci = extensionsOf(koffi, vulkan, device).includes(pciExtension);
  if (tellsPci) properties.writeBigUInt64LE(koffi.address(pci), 8);
  vulkan.vkGetPhysicalDeviceProperties2(device, koffi.address(properties));
  const [domain, bus, slot, part] = [16, 20, 24, 28].map((place) => pci.readUInt32LE(place));
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
  return {
    name: textAt(properties, 16 + 20),
    isSoftware: properties.readUInt32LE(16 + 16) === software,
    ...(tellsPci && {
      pciAddress: `${hex(domain!, 4)}:${hex(bus!, 2)}:${hex(slot!, 2)}.${hex(part!, 1)}`,
    }),
  };
}

/** A device's type if it is the processor. */
const software = 4;

function extensionsOf(koffi: typeof Koffi, vulkan: Vulkan, device: Handle): readonly string[] {
  const call = 'vkEnumerateDeviceExtensionProperties';
  const count: [number] = [0];
  check(vulkan[call](device, null, count, null), call);
  const list = Buffer.from(new ArrayBuffer(extensionBytes * Math.max(count[0], 1)));
  check(vulkan[call](device, null, count, koffi.address(list)), call);
  return Array.from({length: count[0]}, (_, index) => textAt(list, index * extensionBytes));
}

/** A structure of Vulkan's: its type, what follows it (nothing), and zeros. It does not move in memory. */
function structure({bytes, type}: {readonly bytes: number; readonly type: number}): Buffer {
  const made = Buffer.from(new ArrayBuffer(bytes));
  made.writeUInt32LE(type);
  return made;
}

function textAt(bytes: Buffer, start: number): string {
  return bytes.toString('utf8', start, bytes.indexOf(0, start));
}

function check(code: number, call: string): void {
  // 5: there are more than were asked for.
  if (code !== 0 && code !== 5) throw new Error(`${call} answered ${code}`);
}
