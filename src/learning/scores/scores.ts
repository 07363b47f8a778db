/** The images that networks are evaluated on: the test images, or training images that were set aside for choosing. */
export const scoredSplits = ['test', 'held-out'] as const;
export type ScoredSplit = (typeof scoredSplits)[number];

/** The labels of a teacher, and which one: `teacher: the first expert of ConvNet after 50 epochs`. */
export type TeacherLabels = `${typeof teacherPrefix}${string}`;

export const teacherPrefix = 'teacher: ';

/** The facts of a score that was made by a named protocol; others have none. */
export interface Terms {
  /** The name of the protocol, and where its recipe was changed: `dc`, `dc, epochs 100`. */
  readonly protocol: string;
  /** The answer that the network learned: the class of each image, its soft label, or a teacher's answer. */
  readonly labels: 'hard' | 'soft' | TeacherLabels;
  /** Of the images that it was trained on: `none`, or the strategy. */
  readonly augmentation: string;
  /** Where the learning rate is from: `learned` with the set, `chosen` on held-out images, or a number that was given. */
  readonly rate: string;
  readonly learningRate: number;
  /** The images that it was trained on: a set, random real images as a control, or all real training images. */
  readonly trainedOn: 'set' | 'random' | 'all';
  /** The room that these images and their labels take. */
  readonly bytes: number;
}

/** Labels for display: `soft labels`, `labels of the first expert of ConvNet after 50 epochs`. */
export function labelsText(labels: string): string {
  const teacher = teacherOf(labels);
  return teacher === undefined ? `${labels} labels` : `labels of ${teacher}`;
}

/** Who the teacher was: `the first expert of ConvNet after 50 epochs`; `undefined`: labels are no teacher's. */
export function teacherOf(labels: string): string | undefined {
  return labels.startsWith(teacherPrefix) ? labels.slice(teacherPrefix.length) : undefined;
}

/** Values on axes that a pipeline gives to scores, such as those of a sweep, by the name of the axis. */
export type GivenAxes = Readonly<Record<string, string | number>>;

/** The score of one trial: one network, trained on one set. */
export interface Score extends Partial<Terms> {
  /** The network that was trained. */
  readonly model: string;
  /** The name of the training set, for display: `distilled`, `random real`. */
  readonly set: string;
  /** The data set whose images it was evaluated on. */
  readonly dataset: string;
  /** The split of those images. */
  readonly split: ScoredSplit;
  /** Images per class of the set. */
  readonly ipc: number;
  /** Number of updates that made the set; absent: it was not distilled here. */
  readonly iteration?: number;
  /** Counted from 0 within a model and set. */
  readonly trial: number;
  readonly seed: number;
  /** Fraction of the images that were classified correctly, 0 … 1. */
  readonly accuracy: number;
  /** Mean cross-entropy over the images; not finite if training diverged, and then the accuracy is that of guessing. */
  readonly loss: number;
  /** The digest of the set: it tells apart sets of one name, such as those of two distillations. Absent: unknown. */
  readonly setDigest?: string;
  /** Absent: none was given. */
  readonly at?: GivenAxes;
}

/**
 * Removes repeated trials: cells of a table with the same settings give the same trial several times, which adds no
 * information. Trials without a finite loss cannot be told apart.
 */
export function distinctTrials(scores: readonly Score[]): readonly Score[] {
  const seen = new Set<string>();
  return scores.filter(({model, set, dataset, split, ipc, iteration = -1, ...of}) => {
    const {trial, seed, accuracy, loss, setDigest = '', protocol, labels, augmentation, rate} = of;
    if (!Number.isFinite(loss)) return true;
    const terms = [protocol, labels, augmentation, rate, of.at];
    const place = [model, set, dataset, split, ipc, iteration, setDigest, ...terms];
    const key = JSON.stringify([...place, trial, seed, accuracy, loss]);
    return seen.size < seen.add(key).size;
  });
}
