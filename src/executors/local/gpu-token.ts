/** Whether a text has the form of a GPU's name: an index, `GPU-…` (possibly cut short) or `MIG-…`. */
export function isGpuToken(text: string): boolean {
  return /^(\d{1,6}|GPU-[0-9a-fA-F-]+|MIG-[0-9a-zA-Z/-]+)$/.test(text);
}
