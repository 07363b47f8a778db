import type {ImageShape} from './dataset.ts';

/** One parameter array of a network. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
}

/** All that experts must share for their trajectories to be matched together. */
export interface ExpertKind {
  /** The network's name, such as `ConvNetD3`. */
  readonly model: string;
  /** The network's parameters in official order: how a flat vector of D numbers is to be cut. */
  readonly layout: readonly Parameter[];
  /** What it classifies: the images' extent, and into how many classes. Absent: the file does not say. */
  readonly image?: ImageShape;
  readonly classes?: number;
  /** Digest of the data set's source. */
  readonly source: string;
  /** Which transform its images went through; absent: none. */
  readonly transformDigest?: string;
  /** How the expert was trained, seeds excepted. */
  readonly settings: Readonly<Record<string, string | number | boolean>>;
}

/** What was measured after each epoch, the first epoch first. */
export interface EpochHistory {
  readonly trainLoss: readonly number[];
  readonly trainAccuracy: readonly number[];
  readonly testLoss: readonly number[];
  readonly testAccuracy: readonly number[];
}

/** One expert's way through parameter space. */
export interface Trajectory extends ExpertKind {
  readonly seed: number;
  /** D numbers each: at initialisation, then after every epoch. */
  readonly snapshots: readonly Float32Array[];
  readonly history: EpochHistory;
}

/** D: the number of scalars of a layout. */
export function parameterCount(layout: readonly Parameter[]): number {
  return layout.reduce((sum, {shape}) => sum + shape.reduce((size, extent) => size * extent, 1), 0);
}
