/** A workload of training or testing: ConvNetD3 of width 128, images of 32×32×3. */
export interface TrainingWorkload {
  readonly title: string;
  /** `expert` and `few` train, `test` does not. */
  readonly kind: 'expert' | 'few' | 'test';
  readonly batch: number;
  /** Batches per round. */
  readonly steps: number;
  /** A larger unit that is reported beside the time of a batch, and its number of batches. */
  readonly whole: {readonly name: string; readonly batches: number};
}

export const expertEpoch: TrainingWorkload = {
  title: 'Training an expert, batches of 256',
  kind: 'expert',
  batch: 256,
  steps: 3,
  whole: {name: 'an epoch of 50,000 images', batches: 50_000 / 256},
};

export const evaluation: readonly TrainingWorkload[] = [
  {
    title: 'Training on ten images',
    kind: 'few',
    batch: 10,
    steps: 40,
    whole: {name: '1,001 epochs', batches: 1001},
  },
  {
    title: 'Testing, batches of 256',
    kind: 'test',
    batch: 256,
    steps: 6,
    whole: {name: '10,000 images', batches: 10_000 / 256},
  },
];

/**
 * A workload by its kind.
 *
 * @param steps replaces the number of batches of a round
 */
export function workloadOf(kind: string, steps?: string): TrainingWorkload {
  const workload = [expertEpoch, ...evaluation].find((one) => one.kind === kind);
  if (workload === undefined) throw new Error(`There is no workload ${kind}`);
  return steps === undefined ? workload : {...workload, steps: Number(steps)};
}
