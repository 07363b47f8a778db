/** Whether a text is what a pattern means, in which `*` stands for any characters, also for none. */
export function matchesGlob(pattern: string, text: string): boolean {
  if (!pattern.includes('*')) return text === pattern;
  const [start = '', ...others] = pattern.split('*');
  const end = others.pop() ?? '';
  if (!text.startsWith(start) || !text.endsWith(end)) return false;
  let at = start.length;
  for (const part of others) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at + end.length <= text.length;
}
