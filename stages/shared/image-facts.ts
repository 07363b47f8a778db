/**
 * What contracts tell each other about results that are not there yet. Stage types of plugins that take these words up
 * are checked and estimated as well.
 */
import type {Json, JsonObject} from '../../src/base/json.ts';
import type {Facts, KnownInput} from '../../src/contract/facts.ts';
import {imagesPerClass, type DecoderForm} from '../../src/base/decoder-form.ts';

/** What is known of the images of a data set. Absent: unknown. */
export type ImageFacts = {
  /** What tables call it. */
  readonly dataset?: string;
  /** What tells its images from those of others, the ones that are held out included: if it differs, they differ. */
  readonly source?: Json;
  /** Training images, without those that are held out. */
  readonly images?: number;
  readonly testImages?: number;
  readonly heldOut?: number;
  readonly side?: number;
  readonly channels?: number;
  readonly classes?: number;
  /** How its pixels were transformed: if it differs, the pixels differ. `raw`: not at all. */
  readonly transform?: Json;
  /** The instance that transformed it. */
  readonly transformedBy?: string;
};

/** What is known of something that is made from images, such as a data set; `data` is shared by all that is. */
export type DataFacts = {readonly data: ImageFacts};

/** What is known of experts and of buffers of them. */
export type ExpertFacts = DataFacts & {
  readonly model?: string;
  /** The epochs whose parameters are kept, without the start. */
  readonly epochs?: number;
  /** The snapshots that are stored, if they are the nodes of a line. Absent: all. */
  readonly stored?: number;
  /** Of parameters, such as `F32`. */
  readonly precision?: string;
  /** The number of experts. */
  readonly experts?: number;
};

/** The parameters of `train-expert` that change how an expert goes or what is kept, and are not among its facts. */
export const trainingSettings = [
  'batch',
  'learningRate',
  'decay',
  'momentum',
  'weightDecay',
  'flat',
  'augmentation',
  'augmentationMode',
  'siamese',
  'images',
  'orderSeed',
  'line',
] as const;

/** A parameter that differs between two instances, with both values as text. */
interface DifferingParam {
  readonly name: string;
  readonly first: string;
  readonly other: string;
}

/** The first of these parameters that differs. There may be thousands of instances: equal values are not written as text. */
export function differingParam(
  names: Iterable<string>,
  first: JsonObject,
  other: JsonObject,
): DifferingParam | undefined {
  for (const name of names) {
    if (first[name] === other[name]) continue;
    const [one, two] = [first[name], other[name]].map(shownParam) as [string, string];
    if (one !== two) return {name, first: one, other: two};
  }
  return undefined;
}

function shownParam(value: Json | undefined): string {
  return value === undefined ? 'left out' : JSON.stringify(value);
}

/** What is known of a synthetic set, or of all snapshots of one. */
export type SetFacts = DataFacts & {
  readonly ipc?: number;
  /** How many times as high and wide as images its canvases are. */
  readonly canvas?: number;
  /** The kind of its soft labels; `none`: it has the class of each image alone. */
  readonly targets?: 'none' | 'rows' | 'logits';
  /** How its images come from what is stored; `none`: they are stored themselves. */
  readonly decoder?: DecoderForm | 'none';
  readonly snapshots?: KnownSnapshots;
};

/** The numbers of updates after which there is a snapshot: those `at`, the multiples of `every`, and the last. */
export type KnownSnapshots = {
  readonly at?: readonly number[];
  readonly every?: number;
  readonly last: number;
};

/** What is known of scores. */
export type ScoreFacts = {readonly model?: string; readonly split?: string};

const nothing = {};

/** The facts of what flows in, taken at their word. */
export function factsOf<F extends Facts>(input: KnownInput | undefined): Partial<F> {
  return input?.facts ?? nothing;
}

/** The number of experts in all that flows in; `undefined`: not known. */
export function expertCount(inputs: readonly KnownInput[]): number | undefined {
  let count = 0;
  for (const input of inputs) {
    const {experts} = factsOf<ExpertFacts>(input);
    if (experts === undefined) return undefined;
    count += experts;
  }
  return count;
}

/** What is known of the images that something is, or is made from. */
export function imagesOf(input: KnownInput | undefined): ImageFacts {
  return factsOf<DataFacts>(input).data ?? nothing;
}

/** How many images networks see of a synthetic set, or canvases; `undefined`: not known. */
export function setCount({
  ipc,
  decoder,
  data = {},
}: {
  readonly [fact in 'ipc' | 'decoder' | 'data']?: SetFacts[fact] | undefined;
}): number | undefined {
  const {classes, side} = data;
  if (ipc === undefined || classes === undefined) return undefined;
  if (decoder === undefined || decoder === 'none') return ipc * classes;
  return side === undefined ? undefined : imagesPerClass(decoder, ipc, side ** 2).decoded * classes;
}
