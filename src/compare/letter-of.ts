/** The letter that stands for a run beside others, by its place: `A` … `Z`, then `AA` … */
export function letterOf(index: number): string {
  const before = Math.floor(index / 26);
  return (before === 0 ? '' : letterOf(before - 1)) + String.fromCodePoint(65 + (index % 26));
}
