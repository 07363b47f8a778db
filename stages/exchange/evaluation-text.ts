import {ownProperty} from '../../src/base/own-property.ts';
import type {ImportedText} from '../../src/contract/offers.ts';
import {namedDatasets} from '../shared/named-datasets.ts';
import {rateOf, type Control, type EvaluationOptions} from './evaluation-options.ts';
import {buffersOf, importedExperts, labelled, taught, teacherParams} from './evaluation-teacher.ts';
import {labelsRandom, trainedOn, type Trained} from './evaluation-trained.ts';
import type {JudgedSet} from './judged-set.ts';
import {datasetOf, given, officialSet, placed, text} from './pipeline-text.ts';
import type {TeacherFiles} from './teacher-files.ts';

/** A set with the options of its evaluation, none of which has a fault. */
export interface Evaluation extends EvaluationOptions {
  readonly set: JudgedSet;
  /** Its name in tables. */
  readonly name: string;
  readonly dataset: string;
  readonly experts?: TeacherFiles;
  /** Images that were held out when the set was made; absent: unknown. */
  readonly heldOutThen?: number;
}

/** The rates that DD-Ranking tries. */
const searched = [0.001, 0.005, 0.01, 0.05, 0.1];

/** The rate of the official program for networks that are trained on real images. */
const usualRate = 0.01;

export function evaluationText(evaluation: Evaluation): ImportedText {
  const {input, stage} = setOf(evaluation);
  const trained = trainedOn(evaluation, input);
  const parts = [
    ...stage,
    ...(evaluation.experts?.kind === 'official' ? [importedExperts(evaluation)] : []),
    ...(trained.some(({control}) => control === 'random') ? [random(input)] : []),
    ...(labelsRandom(evaluation) ? [labelled(evaluation)] : []),
    ...trained.map((one) => scores(evaluation, one)),
  ];
  return placed(`name: evaluation
stages:
  raw: {uses: download, with: {${downloadOf(evaluation)}}}
  images: {uses: zca, inputs: {dataset: raw.dataset}, with: {${transformOf(evaluation)}}}

${parts.join('\n')}
  table:
    uses: table
    inputs:
      scores:
${trained.map(({stage: name}) => `        - '${name}.scores[*]'`).join('\n')}
    with: {columns: [set, labels, augmentation]}
`);
}

function downloadOf(evaluation: Evaluation): string {
  const {set, dataset, heldOut, heldOutThen = 0} = evaluation;
  const named = ownProperty(namedDatasets, dataset);
  const side = set.kind === 'own' ? set.shape.height : undefined;
  const isOther = named?.isResized === true && side !== undefined && side !== named.side;
  return [
    datasetOf(evaluation),
    ...(isOther ? [`resolution: ${side}`] : []),
    ...(heldOut === undefined ? [] : [`heldOut: ${given('--held-out', heldOut, String(heldOut))}`]),
    // Its images are the others.
    ...(heldOut === undefined && heldOutThen > 0 ? [`heldOut: ${heldOutThen}`] : []),
  ].join(', ');
}

/** How the set's images were transformed; where nothing says so, as the papers of the protocol do. */
function transformOf({set, zca, protocol}: Evaluation): string {
  const known = set.kind === 'own' ? set.transform : undefined;
  if (zca === undefined && known !== undefined) {
    const eps = known.eps === undefined ? '' : `, eps: ${known.eps}`;
    return `method: ${known.method}${eps}`;
  }
  const isUsual = set.kind === 'official' && protocol !== 'dc' && protocol !== 'dsa';
  return `method: ${(zca ?? isUsual) ? 'zca' : 'standardise'}`;
}

/** The stage that takes a set in, if it needs one, and the reference to the set. */
function setOf(evaluation: Evaluation): {
  readonly input: string;
  readonly stage: readonly string[];
} {
  const {set} = evaluation;
  switch (set.kind) {
    case 'own':
      return {input: text(set.reference), stage: []};
    case 'official':
      return {input: 'imported.synthetic', stage: [officialSet(set.files, stepSizeOf(evaluation))]};
    case 'pictures':
      return {input: 'imported.synthetic', stage: [pictures(set.url, evaluation)]};
  }
}

function pictures(url: string, evaluation: Evaluation): string {
  return `  # The set, as pictures.
  imported:
    uses: import-pictures
    inputs: {dataset: images.dataset, transform: images.transform}
    with: {source: ${text(url)}, stepSize: ${stepSizeOf(evaluation) ?? usualRate}}
`;
}

/** A step size that nothing is trained with has to be there all the same. `undefined`: that of the files. */
function stepSizeOf(evaluation: Evaluation): string | undefined {
  const {stepSize, set} = evaluation;
  if (stepSize !== undefined) return given('--step-size', stepSize, String(stepSize));
  const isTold = set.kind === 'official' && set.files.stepSize.length > 0;
  return isTold || rateOf(evaluation) === 'learned' ? undefined : String(usualRate);
}

function random(like: string): string {
  return `  # The control: as many real images.
  random:
    uses: coreset
    inputs: {dataset: images.dataset, transform: images.transform, like: ${like}}
`;
}

function scores(evaluation: Evaluation, trained: Trained): string {
  const {stage, set, input, control, labels, isPlain} = trained;
  const {protocol, model, trials, epochs} = evaluation;
  const isTaught = labels.includes('teacher');
  const params = [
    "model: '${matrix.model}'",
    `set: ${text(set)}`,
    `protocol: ${protocol}`,
    ...(labels.length > 1
      ? ["labels: '${matrix.labels}'"]
      : labels.map((name) => `labels: ${isTaught ? taught(evaluation) : name}`)),
    ...(isTaught ? teacherParams(evaluation, 'teacher') : []),
    ...(isPlain ? ['augmentation: none'] : []),
    ...(input === undefined ? ['trainOn: dataset'] : []),
    ...(trials === undefined ? [] : [`trials: ${given('--trials', trials, String(trials))}`]),
    ...(epochs === undefined ? [] : [`epochs: ${given('--epochs', epochs, String(epochs))}`]),
    ...rateText(evaluation, control),
  ];
  const matrix = [
    `model: [${namesOf(model)}]`,
    ...(labels.length > 1 ? [`labels: [${labels.join(', ')}]`] : []),
  ];
  const inputs = [
    'dataset: images.dataset',
    ...(input === undefined ? [] : [`synthetic: ${input}`]),
    ...(isTaught ? [buffersOf(evaluation)] : []),
  ];
  return `  ${stage}:
    uses: evaluate
    matrix: {${matrix.join(', ')}}
    inputs: {${inputs.join(', ')}}
    with:
${params.map((param) => `      ${param}`).join('\n')}
    resources: {device: 1}
`;
}

/** The name of each network, at the option. */
function namesOf(model: string): string {
  return model
    .split(',')
    .map((name) => given('--model', model, text(name.trim())))
    .join(', ');
}

/** Real images have no learned rate: it is searched if images are held out, and otherwise the usual one. */
function rateText(evaluation: Evaluation, control: Control | undefined): readonly string[] {
  const {learningRate, heldOut} = evaluation;
  const search = `learningRate: {search: [${searched.join(', ')}]}`;
  const rate = rateOf(evaluation);
  if (rate === 'search') return [search];
  if (learningRate !== undefined && rate !== 'learned') return [`learningRate: ${rate}`];
  if (control === undefined) return learningRate === undefined ? [] : ['learningRate: learned'];
  if (heldOut !== undefined) return [search];
  if (control === 'all' && rate === 'learned') return [`learningRate: ${usualRate}`];
  return learningRate === undefined ? [] : ['learningRate: learned'];
}
