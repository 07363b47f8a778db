import {untold} from '../gpu/untold.ts';

/** A device as Vulkan lists it. */
export interface VulkanCard {
  readonly name: string;
  /** Whether it is a driver that computes on the CPU. */
  readonly isSoftware: boolean;
  /** Such as `0000:c1:00.0`. Absent: the driver does not tell. */
  readonly pciAddress?: string;
}

/** The GPU that may be used. */
export interface WantedCard {
  /** Absent: the only GPU there is. */
  readonly pciAddress?: string | undefined;
  /** Whether the machine has no other GPU. Absent: unless an address tells it from others. */
  readonly isOnlyGpu?: boolean | undefined;
}

/** The device to use, as far as a list tells it. */
export type AdapterChoice =
  /** Dawn, which takes the first device whose name contains a text, takes the right one by this text. */
  | {readonly kind: 'named'; readonly name: string}
  /** Dawn might take another card of the same name. */
  | {readonly kind: 'ambiguous'; readonly pciAddress: string; readonly message: string}
  | {readonly kind: 'unknown'; readonly message: string}
  /** There is no GPU. */
  | {readonly kind: 'none'};

/**
 * Chooses among the devices that Vulkan lists the GPU that may be used, and no other.
 */
export function whichAdapter(
  cards: readonly VulkanCard[],
  {pciAddress, isOnlyGpu = pciAddress === undefined}: WantedCard = {},
): AdapterChoice {
  const gpus = cards.filter(({isSoftware}) => !isSoftware);
  const [first, ...rest] = gpus;
  if (first === undefined) return {kind: 'none'};
  // Two drivers may list one card.
  const isOneCard = rest.every((other) => isSameCard(other, first));
  const named: AdapterChoice = {kind: 'named', name: first.name};
  if (isOneCard && first.pciAddress === undefined) {
    const message = untold('Vulkan', first.name, {pciAddress, instead: 'opencl'});
    return isOnlyGpu ? named : {kind: 'unknown', message};
  }
  if (isOneCard && [undefined, first.pciAddress].includes(pciAddress)) return named;
  if (pciAddress === undefined) {
    const message = `Vulkan lists ${namesOf(gpus)}, and which of them may be used is not known. Name one by --devices, or use --engine opencl.`;
    return {kind: 'unknown', message};
  }
  const card = gpus.find((gpu) => gpu.pciAddress === pciAddress);
  if (card === undefined) {
    const message = `Vulkan does not list the GPU at ${pciAddress}. It lists ${namesOf(gpus)}. --engine opencl may find it.`;
    return {kind: 'unknown', message};
  }
  const namesakes = cards.filter(({name}) => name.includes(card.name));
  if (namesakes.every((other) => other === card || isSameCard(other, card))) {
    return {kind: 'named', name: card.name};
  }
  const message = `Vulkan lists ${namesakes.length} GPUs whose names contain ${card.name}, and WebGPU chooses by names. Use --engine opencl, or install Mesa's device selection layer (package mesa-vulkan-drivers).`;
  return {kind: 'ambiguous', pciAddress, message};
}

function isSameCard(one: VulkanCard, other: VulkanCard): boolean {
  return one.pciAddress !== undefined && one.pciAddress === other.pciAddress;
}

function namesOf(gpus: readonly VulkanCard[]): string {
  return gpus
    .map(({name, pciAddress}) => (pciAddress === undefined ? name : `${name} at ${pciAddress}`))
    .join(', ');
}
