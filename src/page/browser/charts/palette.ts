/** Number of colours for stages, sets and curves: `--c0`, `--c1`, …, which the style defines. */
const colours = 12;

/** The number of the colour at a position. */
export function colourAt(index: number): number {
  return index % colours;
}
