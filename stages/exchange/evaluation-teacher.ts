/** The parts of an evaluation's pipeline that are about its teacher. */
import type {EvaluationOptions} from './evaluation-options.ts';
import {given, list, text} from './pipeline-text.ts';
import type {TeacherFiles} from './teacher-files.ts';

type Taught = EvaluationOptions & {readonly experts?: TeacherFiles};

/** The stage that takes experts of the official program in. */
export function importedExperts(evaluation: Taught): string {
  return `  # The experts, as the official program saved them.
  teacher:
    uses: import-buffers
    inputs:
      dataset: images.dataset
${list(
  'files',
  evaluation.experts!.files.map(({reference}) => reference),
)}
    with: {model: ${networkOf(evaluation)}}
`;
}

/** The network of the experts: the one that is trained, unless another is named. */
function networkOf({teacherModel, model}: Taught): string {
  return teacherModel === undefined
    ? given('--model', model)
    : given('--teacher-model', teacherModel);
}

/** The stage that labels random images. */
export function labelled(evaluation: Taught): string {
  const params = expertParams(evaluation);
  return `  # The same, with soft labels.
  labelled:
    uses: label
    inputs: {synthetic: random.synthetic, ${buffersOf(evaluation)}}
${params.length === 0 ? '' : `    with: {${params.join(', ')}}\n`}    resources: {device: 1}
`;
}

/** The input of a stage that asks experts. */
export function buffersOf({experts}: Taught): string {
  if (experts!.kind === 'official') return 'buffers: teacher.buffers';
  return `buffers: [${experts!.files.map(({reference}) => text(reference)).join(', ')}]`;
}

/** The value of `labels` where a teacher labels, at the option that asks for it. */
export function taught({labels, teacher}: Taught): string {
  return labels === undefined
    ? given('--teacher', teacher!, 'teacher')
    : given('--labels', labels, 'teacher');
}

/** The parameter of this name that chooses experts, if anything is chosen. */
export function teacherParams(evaluation: Taught, name: string): readonly string[] {
  const params = expertParams(evaluation);
  return params.length === 0 ? [] : [`${name}: {${params.join(', ')}}`];
}

function expertParams({teacherEpoch: epoch, teacherExperts: experts}: Taught): readonly string[] {
  return [
    ...(epoch === undefined ? [] : [`epoch: ${given('--teacher-epoch', epoch, String(epoch))}`]),
    ...(experts === undefined
      ? []
      : [`experts: ${given('--teacher-experts', experts, numberOrText(experts))}`]),
  ];
}

function numberOrText(value: string): string {
  return /^\d+$/.test(value) ? value : text(value);
}
