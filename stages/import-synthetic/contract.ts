import {defineContract} from '../../src/contract/contract.ts';

export const contract = defineContract({
  type: 'import-synthetic',
  version: 2,
  summary:
    'Takes in a synthetic set that the official PyTorch program made, images_best.pt and labels_best.pt.',
  params: {
    stepSize: {
      type: 'number',
      description:
        "The learned step size, which the official program's files do not hold: its log calls it Synthetic_LR. By default what the file says, if it does.",
      exclusiveMinimum: 0,
      optional: true,
    },
  },
  inputs: {
    images: {
      media: 'file',
      many: true,
      summary: 'files that torch.save wrote: a tensor [n, C, H, W]; several are put together',
    },
    labels: {
      media: 'file',
      many: true,
      optional: true,
      summary: 'likewise, a tensor [n]; by default as many images of each class, class after class',
    },
    dataset: {media: 'dataset', summary: 'the images that the set stands for'},
    transform: {
      media: 'transform',
      optional: true,
      summary: 'what was done to them: the set then carries it, and an undone copy',
    },
  },
  outputs: {
    synthetic: {media: 'synthetic', summary: 'the synthetic set'},
    picture: {media: 'image', summary: 'the synthetic images, in colours people see'},
  },
});
