import type {Given} from '../../src/contract/contract.ts';
import type {Fault} from '../../src/contract/facts.ts';
import {imagesOf, type ImageFacts, type ScoreFacts} from '../shared/image-facts.ts';
import {datasetFaults, networkFaults, setFaults} from '../shared/image-faults.ts';
import {trialFaults} from '../shared/sharing-faults.ts';

type Asked = Given<
  {readonly model: string; readonly split: string; readonly trials: number},
  'dataset' | 'synthetic'
>;

export function facts({params: {model, split}}: Asked): ScoreFacts {
  return {model, split};
}

export function check({params, inputs, gpus}: Asked): readonly Fault[] {
  const [dataset] = inputs.dataset;
  const [synthetic] = inputs.synthetic;
  const images = imagesOf(dataset);
  const raw = datasetFaults({dataset: inputs.dataset}, [synthetic]);
  return [
    ...raw,
    ...(raw.length > 0 ? [] : setFaults('synthetic', synthetic, dataset)),
    ...networkFaults(params.model, images),
    ...splitFaults(params.split, images),
    ...trialFaults(gpus, params.trials),
  ];
}

function splitFaults(split: string, {heldOut, dataset = 'dataset'}: ImageFacts): readonly Fault[] {
  if (split !== 'held-out' || heldOut !== 0) return [];
  const message = `split is held-out, but ${dataset} holds no images out: \`heldOut\` of the download stage sets some of the training images aside.`;
  return [{param: 'split', message}];
}
