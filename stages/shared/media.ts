import type {MediaDefinition} from '../../src/contract/media.ts';

/** The media of learning. */
export const media: readonly MediaDefinition[] = [
  {
    name: 'dataset',
    extension: 'arrow',
    container: 'arrow',
    finite: 'all',
    summary: 'labelled images, train and test split',
  },
  {
    name: 'transform',
    extension: 'safetensors',
    container: 'safetensors',
    finite: 'all',
    summary: 'the whitening or normalisation of a data set, and its inverse',
  },
  {
    name: 'trajectory',
    extension: 'safetensors',
    container: 'safetensors',
    finite: 'all',
    summary: "one expert's parameters at initialisation and after every epoch",
  },
  {
    name: 'buffer',
    extension: 'safetensors',
    container: 'safetensors',
    finite: 'all',
    summary: 'a shard of trajectories',
  },
  {
    name: 'synthetic',
    extension: 'safetensors',
    container: 'safetensors',
    finite: 'all',
    summary: 'a synthetic set: pixels, labels, learned step size and transform',
  },
  {
    name: 'state',
    extension: 'safetensors',
    container: 'safetensors',
    finite: 'all',
    summary: 'a finished distillation, as a longer one goes on from it',
  },
  {
    name: 'metrics',
    extension: 'arrow',
    container: 'arrow',
    summary: 'numbers over epochs or iterations',
  },
  {
    name: 'histograms',
    extension: 'arrow',
    container: 'arrow',
    summary: 'histograms of pixel values at each snapshot, one row per histogram',
  },
  {
    name: 'pictures',
    extension: 'arrow',
    container: 'arrow',
    summary: 'PNG grids of the images at each snapshot, one row per grid',
  },
  {
    name: 'scores',
    extension: 'arrow',
    container: 'arrow',
    // A network that diverged has no finite loss, but still an accuracy, that of guessing.
    finite: ['accuracy'],
    summary: 'test accuracies, one row per trial',
  },
  {
    name: 'table',
    extension: 'arrow',
    container: 'arrow',
    summary: 'a finished table, one row per cell',
  },
];
