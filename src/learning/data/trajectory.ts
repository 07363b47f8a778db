import type {ImageShape} from './dataset.ts';

/** One parameter array of a network. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
}

/** The fields that must agree among experts whose trajectories are matched together. */
export interface ExpertKind {
  /** The network's name, such as `ConvNetD3`. */
  readonly model: string;
  /** The network's parameters in official order: the parts of a flat vector of D numbers. */
  readonly layout: readonly Parameter[];
  /** Shape of the images that it classifies, and the number of classes. Absent: the file does not say. */
  readonly image?: ImageShape;
  readonly classes?: number;
  /** Digest of the data set's source. */
  readonly source: string;
  /** Identifies the transform that its images went through; absent: none. */
  readonly transformDigest?: string;
  /** The settings of the training, seeds excepted. */
  readonly settings: Readonly<Record<string, string | number | boolean>>;
}

/** Measurements after each epoch, first epoch first. */
export interface EpochHistory {
  readonly trainLoss: readonly number[];
  readonly trainAccuracy: readonly number[];
  readonly testLoss: readonly number[];
  readonly testAccuracy: readonly number[];
}

/** The path of one expert through parameter space. */
export interface Trajectory extends ExpertKind {
  readonly seed: number;
  /** D numbers each: at initialisation, then after each epoch. */
  readonly snapshots: readonly Float32Array[];
  readonly history: EpochHistory;
}

/** D: the number of scalars of a layout. */
export function parameterCount(layout: readonly Parameter[]): number {
  return layout.reduce((sum, {shape}) => sum + shape.reduce((size, extent) => size * extent, 1), 0);
}
