import {recipeOf, type ProtocolName, type Recipe} from '../shared/protocols.ts';

/** The options that `evaluation.ts` declares. */
export interface EvaluationOptions {
  readonly protocol: ProtocolName;
  readonly dataset?: string;
  readonly source?: string;
  readonly classes?: string;
  readonly zca?: boolean;
  /** Names, separated by commas. */
  readonly model: string;
  readonly trials?: number;
  readonly epochs?: number;
  /** Names, separated by commas, or `both`. */
  readonly labels?: string;
  /** What the user named it; its files are among the files. */
  readonly teacher?: string;
  readonly teacherEpoch?: number;
  readonly teacherExperts?: string;
  readonly teacherModel?: string;
  readonly augmentation?: 'with' | 'without' | 'both';
  /** Names, separated by commas. */
  readonly controls?: string;
  readonly learningRate?: string;
  readonly heldOut?: number;
  readonly stepSize?: number;
}

/** The learning rate that networks are trained with, as an option or a protocol says it. */
export type AskedRate = 'learned' | 'search' | number;

/** The learning rate for a set; `undefined`: the option has a value that it cannot have. */
export function rateOf({learningRate, protocol}: EvaluationOptions): AskedRate | undefined {
  if (learningRate === undefined) return protocolRate(protocol);
  if (learningRate === 'learned' || learningRate === 'search') return learningRate;
  const rate = Number(learningRate);
  return rate > 0 && Number.isFinite(rate) ? rate : undefined;
}

function protocolRate(protocol: ProtocolName): 'learned' | number {
  const {learningRate}: Recipe = recipeOf(protocol, {model: ''});
  return typeof learningRate === 'number' ? learningRate : 'learned';
}

const labelKinds = ['own', 'hard', 'teacher'] as const;
export type LabelKind = (typeof labelKinds)[number];

/** The labels that are asked for, none: those of the protocol; a text that is none of them is the fault. */
export function labelsOf({labels}: EvaluationOptions): readonly LabelKind[] | string {
  const names = labels === 'both' ? ['own', 'hard'] : (labels?.split(',') ?? []);
  const stray = names.find((name) => !labelKinds.some((kind) => kind === name));
  return stray ?? labelKinds.filter((kind) => names.includes(kind));
}

const controls = ['random', 'all'] as const;
export type Control = (typeof controls)[number];

/** The controls that are asked for; a text that is none of them is the fault. */
export function controlsOf({controls: asked}: EvaluationOptions): readonly Control[] | string {
  const names = asked?.split(',') ?? [];
  const stray = names.find((name) => !controls.some((control) => control === name));
  return stray ?? controls.filter((control) => names.includes(control));
}
