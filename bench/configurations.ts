/** A configuration that the student step is measured with. */
export interface Configuration {
  readonly width: number;
  readonly channels: number;
  /** Height and width of an image. */
  readonly size: number;
  readonly batch: number;
  /** Number of steps that PyTorch unrolls and goes back through. */
  readonly steps: number;
  /** Number of repetitions in a round: short rounds would measure how threads wake up. */
  readonly repeats: number;
}

/** ConvNets of depth 3 with instance normalisation and ten classes. */
export const configurations: Readonly<Record<string, Configuration>> = {
  A: {width: 128, channels: 3, size: 32, batch: 10, steps: 10, repeats: 1},
  B: {width: 32, channels: 1, size: 28, batch: 10, steps: 10, repeats: 6},
  C: {width: 128, channels: 3, size: 32, batch: 100, steps: 3, repeats: 1},
};

/** A configuration that shows in seconds, also in software, that a benchmark works. */
export const quick: Configuration = {
  width: 8,
  channels: 3,
  size: 16,
  batch: 4,
  steps: 1,
  repeats: 1,
};

/**
 * A configuration by its name.
 *
 * @param steps replaces the number of steps, and repeats nothing
 * @throws Error if there is none of that name
 */
export function configurationOf(name: string, steps?: string): Configuration {
  const configuration = name === 'quick' ? quick : configurations[name];
  if (configuration === undefined) throw new Error(`There is no configuration ${name}`);
  return steps === undefined ? configuration : {...configuration, steps: Number(steps), repeats: 1};
}

export const depth = 3;
export const classes = 10;
export const stepSize = 0.01;
