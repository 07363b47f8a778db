import {defineContract} from '../../src/contract/contract.ts';
import {
  amount,
  inputs,
  kept,
  outputs,
  pixelUpdates,
  realBatch,
} from '../shared/distilling/contract-parts.ts';
import {distillingFacts} from '../shared/distilling/faults.ts';
import {media} from '../shared/media.ts';
import {augmentation, augmentationMode, network, seed} from '../shared/parameters.ts';
import {check} from './check.ts';

export const contract = defineContract({
  type: 'match-distributions',
  version: 2,
  summary:
    'Distils a synthetic set by matching distributions (DM): random networks must see the same mean features as in real images.',
  media,
  // Defaults are those of the authors' program.
  params: {
    ...amount,
    model: network,
    iterations: {
      ...amount.iterations,
      description: 'Updates of the synthetic pixels, each on a new network.',
      default: 20_000,
    },
    realBatch,
    ...pixelUpdates,
    pixelRate: {
      ...pixelUpdates.pixelRate,
      description:
        'η_x: learning rate of the pixels. The authors took 10 from 100 images per class on, on CIFAR-10.',
      default: 1,
    },
    augmentation: {
      ...augmentation,
      description: `${augmentation.description} Synthetic and real images of a class share one draw; with batch normalisation, those of all classes do.`,
    },
    augmentationMode,
    ...kept,
    seed,
  },
  inputs: {dataset: {media: 'dataset', summary: 'the real images'}, ...inputs},
  outputs,
  goesOn: {by: 'iterations', output: 'state', input: 'state'},
  engine: true,
  facts: distillingFacts,
  check,
});
