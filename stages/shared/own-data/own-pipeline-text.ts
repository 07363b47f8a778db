import type {OwnSurvey} from '../../../src/learning/data/own/survey-own-data.ts';
import type {OwnSettings} from './own-settings.ts';

/** Where a pipeline finds data of the user's: a folder by its URL, a file by its path from the pipeline. */
export type OwnPlace =
  {readonly kind: 'folder'; readonly url: string} | {readonly kind: 'file'; readonly path: string};

/** A pipeline that distils data of the user's, with the reason for each setting in a comment. */
export function ownPipelineText(
  name: string,
  {survey, settings, place}: {survey: OwnSurvey; settings: OwnSettings; place: OwnPlace},
): string {
  const {classes} = survey;
  const total = classes * settings.ipc;
  return `# yaml-language-server: $schema=
#
# ${counted(total, 'distilled image')} from ${settings.train} of your own: written by \`pipeline init\`, to be changed.
#
#   pipeline run                        runs what is not stored yet
#   pipeline run --set iterations=500   distils longer; what the change does not reach is not run again
#   pipeline stages distill             explains what a stage type takes and gives
name: ${name}
params:
  experts: ${settings.experts} # networks to learn from; more of them make the result less a matter of luck
  iterations: ${settings.iterations} # updates of the distilled images: at most about a minute's worth on two cores; 1000 give better images
  ipc: ${settings.ipc} # distilled images of each class: ${ipcReason(survey, settings)}
  # Depth ${settings.depth}: pooling halves the ${settings.side} pixels a side that often, and leaves enough of them to tell classes apart by.
  # Width ${settings.width} is what a processor trains in seconds; the paper's networks have 128.
  model: ConvNetD${settings.depth}W${settings.width}
stages:
${dataStage(name, {survey, settings, place})}
  # Mean 0 and deviation 1 in each channel. \`method: zca\` also decorrelates pixels: slower, and best for thousands of images.
  normalised: {uses: zca, inputs: {dataset: data.dataset}, with: {method: standardise}}

${expertStages(settings)}\
${distilledStage(settings, total)}\
${evaluationStages(settings)}`;
}

function dataStage(
  name: string,
  {survey, settings, place}: {survey: OwnSurvey; settings: OwnSettings; place: OwnPlace},
): string {
  const {testShare, side, isResized} = settings;
  const sizes = survey.isSquare
    ? `theirs are ${survey.shortSide} pixels a side`
    : 'they must all become squares of one size';
  return `\
  # ${counted(survey.train, 'image')} of ${survey.classes} classes${survey.test === undefined ? '' : `, and ${survey.test} to test on`}.
  data:
    uses: download
    with:
      dataset: images
      name: ${name}
${lines(place.kind === 'folder' && `      source: ${quoted(place.url)}`)}\
${lines(isResized && `      resolution: ${side} # ${sizes}; larger takes longer, with the square of it`)}\
${lines(isResized && '      resize: crop # keeps proportions and cuts off what is too long')}\
${lines(testShare !== undefined && `      testShare: ${testShare} # of each class, since there is no split called test`)}\
${lines(place.kind === 'file' && `    inputs: {archive: ${quoted(place.kind === 'file' ? place.path : '')}}`)}\
`;
}

function expertStages(settings: OwnSettings): string {
  return `\
  expert:
    uses: train-expert
    matrix: {expert: {count: '\${params.experts}'}}
    inputs: {dataset: normalised.dataset}
    with:
      model: '\${params.model}'
      epochs: ${settings.epochs} # maxStartEpoch − 1 + expertEpochs of distilled: no more is ever read
      batch: ${settings.batch} # small, since ${settings.images ?? settings.train} images then make enough updates in an epoch
      learningRate: 0.02
${lines(settings.images !== undefined && `      images: ${settings.images} # of ${settings.train}: all of them would take each expert minutes`)}\
${augmentation}\
${testImages(settings)}\
      seed: '\${matrix.expert}'
    resources: {device: 1}

  buffers: {uses: shard-buffers, inputs: {experts: 'expert.trajectory[*]'}}

`;
}

function distilledStage(settings: OwnSettings, total: number): string {
  return `\
  distilled:
    uses: distill
    inputs:
      dataset: normalised.dataset
      transform: normalised.transform
      buffers: buffers.buffers
    with:
      ipc: '\${params.ipc}'
      iterations: '\${params.iterations}'
      # A network trained on the distilled images must in ${settings.steps} steps go as far as an expert in ${counted(settings.expertEpochs, 'epoch')},
      # from any of the expert's first ${settings.maxStartEpoch}.
      steps: ${settings.steps}
      expertEpochs: ${settings.expertEpochs}
      maxStartEpoch: ${settings.maxStartEpoch}
${lines(settings.studentBatch !== undefined && `      batch: ${settings.studentBatch} # of the ${total} distilled images in a step: time and memory grow with it`)}\
      pixelRate: 100 # a tenth of the paper's: with few images and experts, more turns pixels into coloured noise
      stepSize: 0.02 # as the experts' learning rate
      stepSizeRate: 1.0e-4
      stepSizeForm: softplus # keeps the learned step size positive; learned as it is, it may fall below 0, and the run ends
      augmentation: color_crop_cutout_scale_rotate
    resources: {device: 1}

`;
}

function evaluationStages(settings: OwnSettings): string {
  return `\
  # The control: as many real images, drawn at random three times. Distilling is worth it if it beats them.
  random:
    uses: coreset
    matrix: {draw: {count: 3}}
    inputs:
      dataset: normalised.dataset
      transform: normalised.transform
      like: distilled.synthetic # as many images, trained with the same step size
    with: {method: random, seed: '\${matrix.draw}'}

  # New networks, trained on either set and evaluated on test images that neither was made from.
  distilled-scores:
    uses: evaluate
    inputs: {dataset: normalised.dataset, synthetic: distilled.synthetic}
    with:
      model: '\${params.model}'
      set: distilled
      trials: 6
      epochs: 200
${testImages(settings)}\
      augmentation: color_crop_cutout_scale_rotate
    resources: {device: 1}

  random-scores:
    uses: evaluate
    matrix: {draw: {count: 3}}
    inputs: {dataset: normalised.dataset, synthetic: random.synthetic}
    with:
      model: '\${params.model}'
      set: random real
      trials: 2
      epochs: 200
${testImages(settings)}\
      augmentation: color_crop_cutout_scale_rotate
      seed: '\${matrix.draw}'
    resources: {device: 1}

  table:
    uses: table
    inputs: {scores: [distilled-scores.scores, 'random-scores.scores[*]']}
`;
}

const augmentation = `      # No flip: mirrored letters and digits are others. Add \`flip\` here and below if a mirrored picture stays in its class.
      augmentation: color_crop_cutout_scale_rotate
`;

function testImages({testImages}: OwnSettings): string {
  return lines(
    testImages !== undefined &&
      `      testImages: ${testImages} # enough for an accuracy to a percent`,
  );
}

function ipcReason({classes}: OwnSurvey, {ipc, smallestClass}: OwnSettings): string {
  const most = `the smallest class has ${smallestClass} to train on`;
  return `${ipc * classes} in all; ${most}`;
}

/** A line, or nothing. */
function lines(text: string | false): string {
  return text === false ? '' : `${text}\n`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** A text as YAML has it in single quotes. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
