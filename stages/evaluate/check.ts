import type {Given} from '../../src/contract/contract.ts';
import type {Fault} from '../../src/contract/facts.ts';
import {
  factsOf,
  imagesOf,
  type ImageFacts,
  type ScoreFacts,
  type SetFacts,
} from '../shared/image-facts.ts';
import {bufferFaults, countFaults, epochFaults, statisticsFaults} from '../shared/buffer-faults.ts';
import {datasetFaults, expertFaults, networkFaults, setFaults} from '../shared/image-faults.ts';
import {
  askedRecipe,
  droppedLabels,
  missingTeacher,
  type GivenRecipe,
  type RateChoice,
  type Recipe,
  type Trained,
  untaught,
} from '../shared/protocols.ts';
import {trialFaults} from '../shared/sharing-faults.ts';

type Asked = Given<
  GivenRecipe & {
    readonly model: string;
    readonly split: string;
    readonly trainOn?: 'synthetic' | 'dataset';
    readonly teacher?: {readonly epoch?: number; readonly experts?: number | 'all'};
  },
  'dataset' | 'synthetic' | 'buffers'
>;

export function facts({params: {model, split}}: Asked): ScoreFacts {
  return {model, split};
}

export function check({params, inputs, gpus}: Asked): readonly Fault[] {
  const [dataset] = inputs.dataset;
  const [synthetic] = inputs.synthetic;
  const images = imagesOf(dataset);
  const raw = datasetFaults({dataset: inputs.dataset}, [synthetic]);
  const {model, trainOn} = params;
  const allImages = trainOn === 'dataset';
  const of = {model, dataset: images.dataset, allImages};
  const recipe = askedRecipe(params, of);
  return [
    ...raw,
    ...(raw.length > 0 ? [] : setFaults('synthetic', synthetic, dataset)),
    ...networkFaults(model, images),
    ...trainedFaults(allImages, inputs.synthetic.length > 0),
    ...labelFaults(params, recipe, factsOf<SetFacts>(synthetic)),
    ...teacherFaults({...params, ...of}, inputs),
    ...rateFaults(recipe.learningRate, {...params, allImages, images}),
    ...splitFaults(params.split, images),
    ...trialFaults(gpus, recipe.trials),
  ];
}

/** Either a set is trained on, or all real images. */
function trainedFaults(allImages: boolean, hasSet: boolean): readonly Fault[] {
  if (allImages !== hasSet) return [];
  return allImages
    ? [
        {
          param: 'trainOn',
          message:
            'Networks train either on `synthetic` or, with trainOn: dataset, on all training images, not on both.',
        },
      ]
    : [
        {
          input: 'synthetic',
          message:
            'A set to train on is missing: `synthetic`. With trainOn: dataset networks train on all training images.',
        },
      ];
}

/** Soft labels are dropped only where the pipeline says so. */
function labelFaults(
  given: GivenRecipe,
  recipe: Recipe,
  {targets = 'none'}: Partial<SetFacts>,
): readonly Fault[] {
  const message = targets === 'none' ? undefined : droppedLabels(given, recipe);
  return message === undefined ? [] : [{param: 'protocol', message}];
}

/** A teacher that is missing, idle, or cannot label. */
function teacherFaults(
  given: Asked['params'] & Trained,
  {dataset: [dataset], buffers}: Asked['inputs'],
): readonly Fault[] {
  if (given.labels === undefined) {
    // Where labels are named, other points of a matrix may be a teacher's.
    const message = 'Only labels: teacher asks experts, and no labels are given.';
    if (given.teacher !== undefined) return [{param: 'teacher', message}];
    return buffers.length > 0 ? [{input: 'buffers', message}] : [];
  }
  if (given.labels !== 'teacher') return [];
  const message = untaught(given);
  if (message !== undefined) return [{param: 'labels', message}];
  if (buffers.length === 0) {
    return [{param: 'labels', message: missingTeacher}];
  }
  return [
    ...expertFaults(dataset, buffers),
    ...bufferFaults(buffers),
    ...statisticsFaults(buffers),
    ...epochFaults('teacher.epoch', given.teacher?.epoch, buffers[0]),
    ...countFaults('teacher.experts', given.teacher?.experts, buffers),
  ];
}

function rateFaults(
  rate: RateChoice,
  {
    allImages,
    split,
    images: {heldOut, dataset = 'dataset'},
  }: {readonly allImages: boolean; readonly split: string; readonly images: ImageFacts},
): readonly Fault[] {
  if (rate === 'learned') {
    if (!allImages) return [];
    const message =
      'Real images have no learned step size: learningRate must be a number, such as 0.01, or a search.';
    return [{param: 'learningRate', message}];
  }
  if (typeof rate === 'number') return [];
  if (heldOut === 0) {
    const message = `A search chooses the learning rate on held-out images, but ${dataset} holds no images out: \`heldOut\` of the download stage sets some of the training images aside.`;
    return [{param: 'learningRate', message}];
  }
  if (split !== 'held-out') return [];
  const message =
    'A search chooses the learning rate on held-out images, so the accuracy on the same images would be too good: evaluate on test images.';
  return [{param: 'split', message}];
}

function splitFaults(split: string, {heldOut, dataset = 'dataset'}: ImageFacts): readonly Fault[] {
  if (split !== 'held-out' || heldOut !== 0) return [];
  const message = `split is held-out, but ${dataset} holds no images out: \`heldOut\` of the download stage sets some of the training images aside.`;
  return [{param: 'split', message}];
}
