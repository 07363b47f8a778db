import type {ImportedPipeline} from '../../src/contract/offers.ts';
import {bufferFault} from './buffer-fault.ts';
import {hasLabels} from './has-labels.ts';

/** The options that `imports.ts` declares. */
interface Known {
  readonly dataset: string;
  /** The place of the data set, if it has no default one. */
  readonly source?: string;
  /** For a data set with a choice of classes: the name of a subset, or folders separated by commas. */
  readonly classes?: string;
  readonly zca: boolean;
  readonly model: string;
  readonly stepSize?: number;
  /** Whether the import is to be run. */
  readonly run: boolean;
}

/** Experts are imported and distilled. */
export const importedBuffers: ImportedPipeline = async (files, options) => {
  const known = options as unknown as Known;
  // Reported now, rather than after minutes of whitening.
  const fault = known.run ? await bufferFault(files, known) : undefined;
  if (fault !== undefined) return {fault};
  const references = files.map(({reference}) => reference);
  return {text: pipelineText(buffers(references, known), 'distilled', known)};
};

/** A synthetic set is imported and compared with real images. */
export const importedSynthetic: ImportedPipeline = async (files, options) => {
  const known = options as unknown as Known;
  const set: SetFiles = {images: [], labels: []};
  for (const file of files) {
    ((await hasLabels(file)) ? set.labels : set.images).push(file.reference);
  }
  if (set.images.length === 0) {
    return {
      fault: `These files have labels and no images: ${files.map(({name}) => name).join(', ')}.`,
    };
  }
  if (known.stepSize === undefined && set.labels.length > 0) {
    return {
      fault:
        'These files do not hold the learned step size: give it by --step-size. The official program logs it as Synthetic_LR, and starts at 0.01.',
    };
  }
  return {text: pipelineText(synthetic(set, known), 'imported', known)};
};

/** The files of a synthetic set, as a pipeline file refers to them. */
interface SetFiles {
  readonly images: string[];
  readonly labels: string[];
}

/** @param set the stage whose set is evaluated */
function pipelineText(stages: string, set: string, known: Known): string {
  const {zca, model} = known;
  return `name: imported
stages:
  raw: {uses: download, with: {${datasetOf(known)}}}
  images: {uses: zca, inputs: {dataset: raw.dataset}, with: {method: ${zca ? 'zca' : 'standardise'}}}

${stages}
  scores:
    uses: evaluate
    matrix: {set: [${set}, random]}
    inputs: {dataset: images.dataset, synthetic: '\${matrix.set}.synthetic'}
    with: {model: ${text(model)}, set: '\${matrix.set}'}
    resources: {device: 1}

  table: {uses: table, inputs: {scores: 'scores.scores[*]'}}
`;
}

function datasetOf({dataset, source, classes}: Known): string {
  const chosen = classes?.includes(',')
    ? `[${classes.split(',').map(text).join(', ')}]`
    : classes && text(classes);
  return [
    `dataset: ${text(dataset)}`,
    ...(source === undefined ? [] : [`source: ${text(source)}`]),
    ...(chosen === undefined ? [] : [`classes: ${chosen}`]),
  ].join(', ');
}

function buffers(files: readonly string[], {model}: Known): string {
  return `  # The experts, as the official program saved them.
  imported:
    uses: import-buffers
    inputs:
      dataset: images.dataset
${list('files', files)}
    with: {model: ${text(model)}}

  distilled:
    uses: distill
    inputs: {dataset: images.dataset, transform: images.transform, buffers: imported.buffers}
    with: {ipc: 1}
    resources: {device: 1}

${random('distilled')}`;
}

function synthetic({images, labels}: SetFiles, {stepSize}: Known): string {
  return `  # The synthetic set, as the official program saved it.
  imported:
    uses: import-synthetic
    inputs:
      dataset: images.dataset
      transform: images.transform
${list('images', images)}${labels.length === 0 ? '' : `\n${list('labels', labels)}`}
${stepSize === undefined ? '' : `    with: {stepSize: ${stepSize}}\n`}
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
