import path from 'node:path';
import type {ImportedPipeline} from '../../src/contract/offers.ts';

/** What is known of the files that are taken in: the options of `imports.ts`. */
interface Known {
  readonly dataset: string;
  /** Where the data set is to be had, where it has no usual place. */
  readonly source?: string;
  /** Of a data set that leaves the choice: a subset's name, or folders separated by commas. */
  readonly classes?: string;
  readonly zca: boolean;
  readonly model: string;
  readonly stepSize?: number;
}

/** Takes experts in, and distils them. */
export const importedBuffers: ImportedPipeline = (files, options) => {
  const known = options as unknown as Known;
  return {text: pipelineText(buffers(files, known), 'distilled', known)};
};

/** Takes a synthetic set in, and compares it with real images. */
export const importedSynthetic: ImportedPipeline = (files, options) => {
  const known = options as unknown as Known;
  if (known.stepSize === undefined && files.some(isLabels)) {
    // Told now, and not after minutes of whitening.
    return {
      fault:
        'These files do not hold the learned step size: give it by --step-size. The official program logs it as Synthetic_LR, and starts at 0.01.',
    };
  }
  return {text: pipelineText(synthetic(files, known), 'imported', known)};
};

/** @param set the stage whose set is evaluated */
function pipelineText(stages: string, set: string, known: Known): string {
  const {zca, model} = known;
  return `# Written by \`pipeline import\`, to be changed at will.
name: imported
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

function synthetic(files: readonly string[], {stepSize}: Known): string {
  const labels = files.filter(isLabels);
  const images = files.filter((file) => !isLabels(file));
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

/** Whether a file of a synthetic set has labels, going by its name. */
function isLabels(file: string): boolean {
  return path.basename(file).startsWith('labels');
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

/** A text as YAML has it, which takes JSON's. */
function text(value: string): string {
  return JSON.stringify(value);
}
