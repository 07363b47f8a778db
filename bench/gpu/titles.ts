/** The most kernels that a title names. */
const most = 4;

/** A dispatch's title in a table: its first kernels without their parts, equal ones counted. */
export function titleOf(labels: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  const names = Array.from(counts, ([label, count]) => {
    const name = label.replaceAll('|', '\\|').replace(/:.*/s, '');
    return count === 1 ? name : `${count} × ${name}`;
  });
  const rest = names.length - most;
  return [...names.slice(0, most), ...(rest > 0 ? [`${rest} more`] : [])].join('; ');
}
