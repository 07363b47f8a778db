import type {GivenOption, ImportedPipeline, ImportedText} from '../../src/contract/offers.ts';
import {missingStepSize, type KnownOptions} from './known-options.ts';
import type {SetContent} from './content-of.ts';
import {sortFiles} from './set-files.ts';

/** Experts are imported and distilled. */
export const importedBuffers: ImportedPipeline = async (files, options) => {
  const known = options as unknown as KnownOptions;
  const references = files.map(({reference}) => reference);
  return await Promise.resolve(pipelineOf(buffers(references, known), 'distilled', known));
};

/** A synthetic set is imported and compared with real images. */
export const importedSynthetic: ImportedPipeline = async (files, options) => {
  const known = options as unknown as KnownOptions;
  const {images, labels, stepSize} = await sortFiles(files);
  if (images.length === 0) {
    const names = files.map(({name}) => name).join(', ');
    return {fault: `These files have no images: ${names}.`};
  }
  if (stepSize.length > 1) {
    const names = stepSize.map(({name}) => name).join(', ');
    return {fault: `Several of these files have a step size: ${names}.`};
  }
  const isMissing = known.stepSize === undefined && stepSize.length === 0;
  if (isMissing && labels.length > 0) return {fault: missingStepSize};
  const references = {
    images: images.map(({reference}) => reference),
    labels: labels.map(({reference}) => reference),
    stepSize: stepSize.map(({reference}) => reference),
  };
  return pipelineOf(synthetic(references, known), 'imported', known);
};

/** The files of a synthetic set, as a pipeline file refers to them. */
type SetFiles = Readonly<Record<SetContent, readonly string[]>>;

/** @param set the stage whose set is evaluated */
function pipelineOf(stages: string, set: string, known: KnownOptions): ImportedText {
  const {zca, model} = known;
  return placed(`name: imported
stages:
  raw: {uses: download, with: {${datasetOf(known)}}}
  images: {uses: zca, inputs: {dataset: raw.dataset}, with: {method: ${zca ? 'zca' : 'standardise'}}}

${stages}
  scores:
    uses: evaluate
    matrix: {set: [${set}, random]}
    inputs: {dataset: images.dataset, synthetic: '\${matrix.set}.synthetic'}
    with: {model: ${given('--model', model)}, set: '\${matrix.set}'}
    resources: {device: 1}

  table: {uses: table, inputs: {scores: 'scores.scores[*]'}}
`);
}

function datasetOf({dataset, source, classes}: KnownOptions): string {
  const chosen = classes?.includes(',')
    ? `[${classes.split(',').map(text).join(', ')}]`
    : classes && text(classes);
  return [
    `dataset: ${given('--dataset', dataset)}`,
    ...(source === undefined ? [] : [`source: ${given('--source', source)}`]),
    ...(chosen === undefined ? [] : [`classes: ${given('--classes', classes!, chosen)}`]),
  ].join(', ');
}

function buffers(files: readonly string[], {model}: KnownOptions): string {
  return `  # The experts, as the official program saved them.
  imported:
    uses: import-buffers
    inputs:
      dataset: images.dataset
${list('files', files)}
    with: {model: ${given('--model', model)}}

  distilled:
    uses: distill
    inputs: {dataset: images.dataset, transform: images.transform, buffers: imported.buffers}
    with: {ipc: 1}
    resources: {device: 1}

${random('distilled')}`;
}

function synthetic({images, labels, stepSize: rates}: SetFiles, {stepSize}: KnownOptions): string {
  const inputs = [
    list('images', images),
    ...(labels.length === 0 ? [] : [list('labels', labels)]),
    ...rates.map((file) => `      stepSize: ${text(file)}`),
  ];
  return `  # The synthetic set, as the official program saved it.
  imported:
    uses: import-synthetic
    inputs:
      dataset: images.dataset
      transform: images.transform
${inputs.join('\n')}
${stepSize === undefined ? '' : `    with: {stepSize: ${given('--step-size', stepSize, String(stepSize))}}\n`}
${random('imported')}`;
}

function random(like: string): string {
  return `  # The control: as many real images.
  random:
    uses: coreset
    inputs: {dataset: images.dataset, transform: images.transform, like: ${like}.synthetic}
`;
}

function list(input: string, files: readonly string[]): string {
  return [`      ${input}:`, ...files.map((file) => `        - ${text(file)}`)].join('\n');
}

/** A text in YAML, which accepts JSON's syntax. */
function text(value: string): string {
  return JSON.stringify(value);
}

/** Stands around what is given by options until `placed` has taken it out: no argument of a program contains it. */
const mark = '\0';

/** The value of an option, for `placed`. @param written as it stands in the pipeline file */
function given(flag: string, value: string | number, written = text(String(value))): string {
  return [mark, `${flag} ${value}`, mark, written, mark].join('');
}

/** A text without its marks, and what stood between them. */
function placed(marked: string): ImportedText {
  const options: GivenOption[] = [];
  let whole = '';
  const pieces = marked.split(mark);
  for (let i = 0; i < pieces.length; i += 3) {
    const [plain = '', argument, written = ''] = pieces.slice(i, i + 3);
    whole += plain;
    if (argument === undefined) break;
    options.push({argument, start: whole.length, end: whole.length + written.length});
    whole += written;
  }
  return {text: whole, given: options};
}
