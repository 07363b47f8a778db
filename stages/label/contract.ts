import {defineContract} from '../../src/contract/contract.ts';
import {media} from '../shared/media.ts';
import {teacherEpoch, teacherExperts, teacherTemperature} from '../shared/parameters.ts';
import {check, facts} from './check.ts';

export const contract = defineContract({
  type: 'label',
  version: 2,
  summary: 'Gives the images of a synthetic set soft labels: the mean logits of experts.',
  media,
  params: {
    epoch: teacherEpoch,
    experts: teacherExperts,
    average: {
      enum: ['all', 'correct'],
      description:
        'The experts that count for an image. all: all of `experts`. correct: those of them that classify it correctly, or all if none does.',
      default: 'all',
    },
    temperature: teacherTemperature,
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
