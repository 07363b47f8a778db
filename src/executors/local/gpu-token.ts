/** Whether a text is written as the name of a GPU: an index, `GPU-…` (which may be cut short) or `MIG-…`. */
export function isGpuToken(text: string): boolean {
  return /^(\d{1,6}|GPU-[0-9a-fA-F-]+|MIG-[0-9a-zA-Z/-]+)$/.test(text);
}
