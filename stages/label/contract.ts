import {defineContract} from '../../src/contract/contract.ts';
import {media} from '../shared/media.ts';
import {check, facts} from './check.ts';

export const contract = defineContract({
  type: 'label',
  version: 1,
  summary: 'Gives the images of a synthetic set soft labels: the mean logits of experts.',
  media,
  params: {
    epoch: {
      type: 'integer',
      description:
        'The epoch after which the experts are asked; 0 is the start. Default: the last.',
      minimum: 0,
      optional: true,
    },
    experts: {
      anyOf: [
        {type: 'integer', description: 'the first of them', minimum: 1},
        {const: 'all', description: 'all of them'},
      ],
      description: 'The number of experts whose logits are averaged.',
      default: 1,
    },
    average: {
      enum: ['all', 'correct'],
      description:
        'The experts that count for an image. all: all of `experts`. correct: those of them that classify it correctly, or all if none does.',
      default: 'all',
    },
    temperature: {
      type: 'number',
      description:
        'Divide the logits by this: more than 1 makes labels softer, less makes them harder.',
      exclusiveMinimum: 0,
      default: 1,
    },
  },
  inputs: {
    synthetic: {media: 'synthetic', summary: 'the set to label: chosen or distilled images'},
    buffers: {media: 'buffer', many: true, summary: 'the experts'},
  },
  outputs: {
    synthetic: {
      media: 'synthetic',
      product: true,
      summary: 'the same images, with logits as soft labels',
    },
  },
  engine: true,
  facts,
  check,
});
