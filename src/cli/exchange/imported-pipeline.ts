import path from 'node:path';

/** The kinds of imports. */
export type ImportKind = 'buffers' | 'synthetic';

/** The files to import, with their properties. */
export interface Imported {
  readonly kind: ImportKind;
  /** Paths, for references in a pipeline file. */
  readonly files: readonly string[];
  readonly dataset: string;
  /** The place of the data set, if it has no default one. */
  readonly source?: string;
  /** For a data set with a choice of classes: the name of a subset, or folders separated by commas. */
  readonly classes?: string;
  readonly zca: boolean;
  readonly model: string;
  readonly stepSize?: number;
}

/**
 * The text of a pipeline whose stage `imported` imports files, with stages that use them: experts are distilled; a
 * synthetic set is compared with real images.
 */
export function importedPipeline(imported: Imported): string {
  const {zca} = imported;
  return `# Written by \`pipeline import\`, to be changed at will.
name: imported
stages:
  raw: {uses: download, with: {${datasetOf(imported)}}}
  images: {uses: zca, inputs: {dataset: raw.dataset}, with: {method: ${zca ? 'zca' : 'standardise'}}}

${imported.kind === 'buffers' ? buffers(imported) : synthetic(imported)}
  scores:
    uses: evaluate
    matrix: {set: [${imported.kind === 'buffers' ? 'distilled' : 'imported'}, random]}
    inputs: {dataset: images.dataset, synthetic: '\${matrix.set}.synthetic'}
    with: {model: ${text(imported.model)}, set: '\${matrix.set}'}
    resources: {device: 1}

  table: {uses: table, inputs: {scores: 'scores.scores[*]'}}
`;
}

function datasetOf({dataset, source, classes}: Imported): string {
  const chosen = classes?.includes(',')
    ? `[${classes.split(',').map(text).join(', ')}]`
    : classes && text(classes);
  return [
    `dataset: ${text(dataset)}`,
    ...(source === undefined ? [] : [`source: ${text(source)}`]),
    ...(chosen === undefined ? [] : [`classes: ${chosen}`]),
  ].join(', ');
}

function buffers({files, model}: Imported): string {
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

function synthetic({files, stepSize}: Imported): string {
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

/** Whether a file of a synthetic set contains labels, by its name. */
export function isLabels(file: string): boolean {
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

/** A text in YAML, which accepts JSON's syntax. */
function text(value: string): string {
  return JSON.stringify(value);
}
