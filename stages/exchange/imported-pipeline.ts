import type {ImportedPipeline, ImportedText} from '../../src/contract/offers.ts';
import {missingStepSize, type KnownOptions} from './known-options.ts';
import {datasetOf, given, list, officialSet, placed} from './pipeline-text.ts';
import {sortedFault, sortFiles, type SetFiles} from './set-files.ts';

/** Experts are imported and distilled. */
export const importedBuffers: ImportedPipeline = async (files, options) => {
  const known = options as unknown as KnownOptions;
  const references = files.map(({reference}) => reference);
  return await Promise.resolve(pipelineOf(buffers(references, known), 'distilled', known));
};

/** A synthetic set is imported and compared with real images. */
export const importedSynthetic: ImportedPipeline = async (files, options) => {
  const known = options as unknown as KnownOptions;
  const sorted = await sortFiles(files);
  const {labels, stepSize} = sorted;
  const fault = sortedFault(files, sorted);
  if (fault !== undefined) return {fault};
  const isMissing = known.stepSize === undefined && stepSize.length === 0;
  if (isMissing && labels.length > 0) return {fault: missingStepSize};
  return pipelineOf(synthetic(sorted, known), 'imported', known);
};

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

function synthetic(files: SetFiles, {stepSize}: KnownOptions): string {
  const written = stepSize && given('--step-size', stepSize, String(stepSize));
  return `${officialSet(files, written)}
${random('imported')}`;
}

function random(like: string): string {
  return `  # The control: as many real images.
  random:
    uses: coreset
    inputs: {dataset: images.dataset, transform: images.transform, like: ${like}.synthetic}
`;
}
