/** A text that equal operations on the same operands share. */
export function opKey(parts: readonly unknown[]): string {
  const text = JSON.stringify(parts);
  // JSON writes every number that is not finite as null.
  return text.includes('null') ? JSON.stringify(parts, exact) : text;
}

function exact(_: string, part: unknown): unknown {
  return typeof part === 'number' && !Number.isFinite(part) ? String(part) : part;
}
