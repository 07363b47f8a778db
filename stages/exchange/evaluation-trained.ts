import {
  controlsOf,
  labelsOf,
  type Control,
  type EvaluationOptions,
  type LabelKind,
} from './evaluation-options.ts';
import type {JudgedSet} from './judged-set.ts';

/** The images that networks are trained on, once for each stage. */
export interface Trained {
  readonly stage: string;
  /** Its name in tables. */
  readonly set: string;
  /** Absent: all training images. */
  readonly input?: string;
  readonly control?: Control;
  /** Several are an axis of the stage's matrix; none: those of the protocol. */
  readonly labels: readonly LabelKind[];
  /** Without augmentation, whatever the protocol has. */
  readonly isPlain: boolean;
}

/** A set with valid options of its evaluation, and its name in tables. */
type Judged = EvaluationOptions & {readonly set: JudgedSet; readonly name: string};

/** The set and its controls, each with the labels that it is compared with. @param input the reference to the set */
export function trainedOn(evaluation: Judged, input: string): readonly Trained[] {
  const {augmentation = 'with', name} = evaluation;
  const controls = controlsOf(evaluation) as readonly Control[];
  const isPlain = augmentation === 'without';
  const sets = labelGroups(evaluation).flatMap(({prefix, labels}): readonly Trained[] => [
    {stage: `${prefix}scores`, set: name, input, labels, isPlain},
    ...(controls.includes('random') ? [{...random(evaluation, {prefix, labels}), isPlain}] : []),
  ]);
  return [
    ...sets,
    // Nothing is compared with all images without augmentation.
    ...(augmentation === 'both' ? sets.map(plain) : []),
    ...(controls.includes('all')
      ? [{stage: 'all-scores', set: 'all real', control: 'all', labels: [], isPlain} as const]
      : []),
  ];
}

/** The labels that a teacher gives in a stage of their own, whose key alone depends on the experts. */
interface LabelGroup {
  readonly prefix: string;
  readonly labels: readonly LabelKind[];
}

function labelGroups(evaluation: Judged): readonly LabelGroup[] {
  const asked = askedLabels(evaluation);
  const labels = asked.filter((kind) => kind !== 'teacher');
  return [
    ...(asked.length === 0 || labels.length > 0 ? [{prefix: '', labels}] : []),
    ...(asked.includes('teacher') ? [{prefix: 'taught-', labels: ['teacher'] as const}] : []),
  ];
}

/** The labels that are asked for; a teacher that is given labels a set without soft labels. None: those of the protocol. */
export function askedLabels(evaluation: Omit<Judged, 'name'>): readonly LabelKind[] {
  const {set, teacher, labels} = evaluation;
  if (labels === undefined && teacher !== undefined && !hasSoftLabels(set)) return ['teacher'];
  return labelsOf(evaluation) as readonly LabelKind[];
}

/** Random images have the labels of the set: those of the teacher where the set has soft ones. */
function random(
  evaluation: Judged,
  {prefix, labels}: LabelGroup,
): Omit<Trained, 'isPlain'> & {readonly input: string} {
  const real = {stage: `${prefix}random-scores`, set: 'random real', control: 'random'} as const;
  if (labels.includes('teacher')) return {...real, input: 'random.synthetic', labels};
  if (!labelsRandom(evaluation)) return {...real, input: 'random.synthetic', labels: []};
  return {...real, input: 'labelled.synthetic', labels: labels.length === 0 ? [] : ['own']};
}

/** Whether the teacher labels random images, as controls of a set with soft labels of its own. */
export function labelsRandom(evaluation: Omit<Judged, 'name'>): boolean {
  const {set, teacher} = evaluation;
  if (teacher === undefined || !hasSoftLabels(set)) return false;
  const asked = askedLabels(evaluation);
  return controlsOf(evaluation).includes('random') && (asked.length === 0 || asked.includes('own'));
}

export function hasSoftLabels(set: JudgedSet): boolean {
  return set.kind !== 'pictures' && set.hasSoftLabels;
}

/** A set without augmentation is compared under its own labels. */
function plain(one: Trained): Trained {
  const labels = one.labels.length > 1 ? (['own'] as const) : one.labels;
  return {...one, stage: `plain-${one.stage}`, labels, isPlain: true};
}
