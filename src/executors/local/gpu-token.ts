/**
 * Whether a text has the form of a GPU's name: an index, `GPU-…` (possibly cut short) or `MIG-…` of NVIDIA's; or the PCI
 * address of another maker's.
 */
export function isGpuToken(text: string): boolean {
  return /^(\d{1,6}|GPU-[0-9a-fA-F-]+|MIG-[0-9a-zA-Z/-]+)$/.test(text) || isPciAddress(text);
}

/** Whether a text has the form of a PCI address: domain, bus, device and function, such as `0000:c1:00.0`. */
export function isPciAddress(text: string): boolean {
  return /^[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/.test(text);
}

/** Whether a text names a device in software: `software:0`. */
export function isSoftwareToken(text: string): boolean {
  return /^software:\d{1,3}$/.test(text);
}
