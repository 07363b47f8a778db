import type {OwnSurvey} from '../../../src/learning/data/own/survey-own-data.ts';

/** Settings that let a pipeline end in minutes on a processor, and not diverge. */
export interface OwnSettings {
  /** Absent: there are test images. */
  readonly testShare?: number;
  /** Images to train on once test images are taken. */
  readonly train: number;
  /** Of the class that has fewest. */
  readonly smallestClass: number;
  /** The side that images have in the end. */
  readonly side: number;
  /** Whether they must be brought to it. */
  readonly isResized: boolean;
  readonly depth: number;
  readonly width: number;
  readonly ipc: number;
  readonly experts: number;
  /** Training images of an expert, where those are not all. */
  readonly images?: number;
  readonly batch: number;
  readonly epochs: number;
  readonly expertEpochs: number;
  readonly maxStartEpoch: number;
  readonly steps: number;
  /** Synthetic images in a step of the student, where those are not all. */
  readonly studentBatch?: number;
  readonly iterations: number;
  readonly testImages?: number;
}

/** As large as pictures of CIFAR-10: larger ones take minutes for an expert on a processor. */
const largestSide = 32;
/** Pooling halves the image; the classifier is left about this many pixels a side, as 28 × 28 digits are by ConvNetD2. */
const featureSide = 7;
/** As many images as the quickstart's experts see twice over. */
const maxImages = 2000;
/** So many updates of an expert are what the student must cover in `steps` of its own. */
const coveredUpdates = 20;
const steps = 20;

/** @param survey of at least two classes, with two images to train on in each */
export function ownSettings(survey: OwnSurvey): OwnSettings {
  const {classes, test, shortSide, isSquare} = survey;
  const share = test === undefined ? testShareFor(survey.smallestClass) : undefined;
  const smallestClass = survey.smallestClass - taken(survey.smallestClass, share);
  const train = Math.round(survey.train * (1 - (share ?? 0)));
  const isResized = !isSquare || shortSide > largestSide;
  const side = Math.min(shortSide, largestSide);
  const seen = Math.min(train, maxImages);
  const batch = seen < 100 ? 8 : seen < 500 ? 16 : 32;
  const expertEpochs = Math.max(1, Math.round(coveredUpdates / Math.ceil(seen / batch)));
  const maxStartEpoch = Math.max(2, Math.round(1.6 * expertEpochs));
  const ipc = ipcFor(classes, smallestClass);
  const width = classes > 20 ? 32 : 16;
  const studentBatch = Math.min(ipc * classes, 64);
  return {
    ...(share !== undefined && {testShare: share}),
    train,
    smallestClass,
    side,
    isResized,
    depth: Math.max(1, Math.round(Math.log2(side / featureSide))),
    width,
    ipc,
    experts: 6,
    ...(seen < train && {images: seen}),
    batch,
    epochs: maxStartEpoch - 1 + expertEpochs,
    expertEpochs,
    maxStartEpoch,
    steps,
    ...(studentBatch < ipc * classes && {studentBatch}),
    iterations: iterationsFor({side, width, images: studentBatch}),
    ...((test ?? survey.train - train) > 1000 && {testImages: 1000}),
  };
}

/** A third of very small classes, so that more than one image is there to test on; otherwise a fifth. */
function testShareFor(smallestClass: number): number {
  return smallestClass < 10 ? 0.33 : 0.2;
}

/** How many images of a class `download` takes to test on. */
function taken(count: number, share: number | undefined): number {
  return share === undefined ? 0 : Math.max(1, Math.round(share * count));
}

/** About ten images in all, but at most a quarter of a class: a set as large as its source distils nothing. */
function ipcFor(classes: number, smallestClass: number): number {
  const wanted = Math.round(10 / classes);
  return Math.max(1, Math.min(wanted, Math.floor(smallestClass / 4)));
}

/** An image of 32 × 32 pixels takes a student of width 16 about so long in one step, there and back, on two cores. */
const secondsPerImage = 1.5e-3;
/** What distilling may take, and what is enough to see that it works. */
const [seconds, mostIterations] = [60, 80];

function iterationsFor(of: {side: number; width: number; images: number}): number {
  const perImage = secondsPerImage * (of.side / 32) ** 2 * (of.width / 16);
  const fitting = Math.floor(seconds / (steps * of.images * perImage) / 10) * 10;
  return Math.max(20, Math.min(mostIterations, fitting));
}
