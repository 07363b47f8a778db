import {defineContract} from '../../src/contract/contract.ts';
import {media} from '../shared/media.ts';
import {
  augmentationMode,
  network,
  seed,
  shownName,
  teacherEpoch,
  teacherExperts,
  teacherTemperature,
  testImages,
  trainingAugmentation,
} from '../shared/parameters.ts';
import {protocolNames} from '../shared/protocols.ts';
import {check, facts} from './check.ts';

/** The defaults below are the recipe of the official program; a protocol has a recipe of its own. */
const defaultUnless = 'protocol';

export const contract = defineContract({
  type: 'evaluate',
  version: 12,
  summary: 'Trains new networks on a synthetic set and evaluates them on real images.',
  media,
  params: {
    model: network,
    set: {
      ...shownName,
      description: 'The name of the synthetic set in tables.',
      default: 'distilled',
    },
    protocol: {
      enum: protocolNames,
      description:
        'A recipe that has a name: parameters that are not given are those of the protocol, and scores say by which protocol they were made. Default: the recipe of mtt, and scores that do not say so.',
      optional: true,
    },
    trials: {
      type: 'integer',
      description: 'The number of networks to train.',
      minimum: 1,
      default: 5,
      defaultUnless,
    },
    epochs: {
      type: 'integer',
      description: 'Number of the last epoch, counted from 0.',
      minimum: 0,
      default: 1000,
      defaultUnless,
    },
    schedule: {
      enum: ['tenfold-drop', 'step'],
      description:
        'tenfold-drop: half-way the learning rate drops tenfold, and a new optimiser begins, with empty momentum. step: it drops tenfold, and the optimiser goes on. Default: that of the protocol, or tenfold-drop.',
      optional: true,
    },
    batch: {
      type: 'integer',
      description: 'Images in an update.',
      minimum: 1,
      default: 256,
      defaultUnless,
    },
    learningRate: {
      anyOf: [
        {const: 'learned', description: 'the step size of the set'},
        {type: 'number', description: 'a number', exclusiveMinimum: 0},
        {
          type: 'object',
          description: 'the best of several',
          properties: {
            search: {
              type: 'array',
              items: {type: 'number', exclusiveMinimum: 0},
              minItems: 2,
              maxItems: 100,
            },
          },
        },
      ],
      description:
        'Learning rate of SGD; `learned` takes the step size of the set. `search: [0.001, 0.01, 0.1]` trains a network with each, and takes the one with the best accuracy on held-out images. Networks without normalisation need a smaller one, 0.01.',
      default: 'learned',
      defaultUnless,
    },
    momentum: {
      type: 'number',
      description: 'Momentum of SGD.',
      minimum: 0,
      exclusiveMaximum: 1,
      default: 0.9,
      defaultUnless,
    },
    weightDecay: {
      type: 'number',
      description: 'Weight decay of SGD.',
      minimum: 0,
      default: 5e-4,
      defaultUnless,
    },
    augmentation: {...trainingAugmentation, defaultUnless},
    augmentationMode: {...augmentationMode, defaultUnless},
    labels: {
      enum: ['own', 'hard', 'teacher'],
      description:
        'own: what the set says, which may be soft labels. hard: the class of each image alone. teacher: the probabilities that the experts of `buffers` give to the images of each batch as it is augmented. Default: that of the protocol, or own.',
      optional: true,
    },
    teacher: {
      type: 'object',
      description:
        'The teacher of `labels: teacher`, as the stage type label takes it. epoch (the last): the epoch after which experts are asked. experts (1): how many, the first ones, whose logits are averaged; or all. temperature (1): divides the logits. Default: the first expert after its last epoch.',
      properties: {
        epoch: teacherEpoch,
        experts: teacherExperts,
        temperature: teacherTemperature,
      },
      optional: true,
    },
    trainOn: {
      enum: ['synthetic', 'dataset'],
      description:
        'synthetic: the input `synthetic`. dataset: all training images of the data set, the control of a synthetic set. Default: synthetic.',
      optional: true,
    },
    split: {
      enum: ['test', 'held-out'],
      description:
        'The real images to evaluate on: test images, or the held-out training images of the data set.',
      default: 'test',
    },
    testImages,
    seed,
  },
  inputs: {
    dataset: {
      media: 'dataset',
      summary: 'the real images; one split of them is used, two if the learning rate is searched',
    },
    synthetic: {
      media: 'synthetic',
      optional: true,
      summary: 'the set to train on; left out with `trainOn: dataset`',
    },
    buffers: {
      media: 'buffer',
      many: true,
      optional: true,
      summary: 'the experts of `labels: teacher`',
    },
  },
  outputs: {scores: {media: 'scores', summary: 'accuracy and loss, one row per trial'}},
  engine: true,
  facts,
  check,
});
