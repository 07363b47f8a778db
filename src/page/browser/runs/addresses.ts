/** The address of the page of a run, from that of all runs. */
export function runAddress(run: string): string {
  return `runs/${encodeURIComponent(run)}/`;
}

/** The address of the page that compares runs, from that of all runs. */
export function comparisonAddress(runs: readonly string[]): string {
  return `compare/${listOf(runs)}/`;
}

/** The part of the address of the page of all runs that says which are chosen. */
export function chosenHash(runs: readonly string[]): string {
  return `#${listOf(runs)}`;
}

/** The runs that such a part names. */
export function chosenIn(hash: string): readonly string[] {
  try {
    return hash.replace(/^#/, '').split(',').map(decodeURIComponent);
  } catch {
    return [];
  }
}

function listOf(runs: readonly string[]): string {
  return runs.map(encodeURIComponent).join(',');
}
