import type {Gpus} from './devices.ts';

/**
 * Devices that compute in software, for who has no GPU and wants to try what several do. Engines tell them apart by their
 * names, as they do GPUs by addresses.
 */
export function softwareGpus(tokens: readonly string[]): Gpus {
  const named = [...new Set(tokens)];
  const gpus = named.map((token) => ({
    token,
    identity: token,
    pciAddress: token,
    isSoftware: true as const,
  }));
  const why = [`--devices names ${named.join(', ')}: software that is far slower than a GPU.`];
  return {gpus, source: '--devices', why, isOdd: false};
}
