/** The numbers of updates and of passes for a network, O and I, by images per class, of the authors' program. */
const official: readonly (readonly [ipc: number, outerSteps: number, innerEpochs: number])[] = [
  [1, 1, 1],
  [10, 10, 50],
  [20, 20, 25],
  [30, 30, 20],
  [40, 40, 15],
  [50, 50, 10],
];

export interface Loops {
  /** O: updates of the set for each network. */
  readonly outerSteps: number;
  /** I: passes over the set in which a network is trained between two updates. */
  readonly innerEpochs: number;
}

/** The loops of a stage's parameters, and what its log says of them. */
export function loopsOf({
  ipc,
  outerSteps,
  innerEpochs,
}: {
  readonly ipc: number;
  readonly outerSteps?: number;
  readonly innerEpochs?: number;
}): Loops & {readonly about: string} {
  const usual = usualLoops(ipc);
  const loops = {
    outerSteps: outerSteps ?? usual.outerSteps,
    innerEpochs: innerEpochs ?? usual.innerEpochs,
  };
  const isGiven = outerSteps !== undefined && innerEpochs !== undefined;
  const about = `outerSteps ${loops.outerSteps}, innerEpochs ${loops.innerEpochs}: ${isGiven ? 'as given' : usual.source}.`;
  return {...loops, about};
}

/**
 * The table's loops. Between two of its rows there are as many updates as images per class, and the passes are
 * interpolated; beyond the last row its loops are taken, as the authors did.
 */
function usualLoops(ipc: number): Loops & {readonly source: string} {
  const last = official.at(-1)!;
  const above = official.find(([rows]) => rows >= ipc) ?? last;
  const [to, outerSteps, innerEpochs] = above;
  if (to === ipc) {
    return {outerSteps, innerEpochs, source: `the authors' numbers for ${ipc} images per class`};
  }
  if (to < ipc) {
    return {
      outerSteps,
      innerEpochs,
      source: `the authors' numbers for ${to} images per class, the most in their table`,
    };
  }
  const [from, , before] = official[official.indexOf(above) - 1]!;
  const passes = before + ((innerEpochs - before) * (ipc - from)) / (to - from);
  return {
    outerSteps: ipc,
    innerEpochs: Math.round(passes),
    source: `interpolated between the authors' numbers for ${from} and ${to} images per class`,
  };
}

/** The number of updates of the set. */
export function updatesOf(
  params: Parameters<typeof loopsOf>[0] & {readonly networks: number},
): number {
  return params.networks * loopsOf(params).outerSteps;
}
