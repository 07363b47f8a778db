import {memoryPattern} from '../../src/base/parse-memory.ts';
import {defineContract} from '../../src/contract/contract.ts';
import {amount, inputs, kept, outputs, updates} from '../shared/distilling/contract-parts.ts';
import {distillingFacts} from '../shared/distilling/faults.ts';
import {media} from '../shared/media.ts';
import {augmentation, augmentationMode, seed} from '../shared/parameters.ts';
import {check} from './check.ts';

export const contract = defineContract({
  type: 'distill',
  version: 14,
  summary:
    'Distils a synthetic set by matching training trajectories: the student, trained on it, must go where experts went.',
  media,
  params: {
    ...amount,
    // Defaults are those of the official program where it has them.
    steps: {
      type: 'integer',
      description: 'N: SGD steps of the student in each iteration.',
      minimum: 1,
      default: 20,
    },
    expertEpochs: {
      type: 'integer',
      description: 'M: the number of expert epochs that the student must cover.',
      minimum: 1,
      default: 3,
    },
    maxStartEpoch: {
      type: 'integer',
      description: 'T⁺: the student starts at an expert epoch below this.',
      minimum: 1,
      default: 25,
    },
    minStartEpoch: {
      type: 'integer',
      description: 'T⁻: the student starts at this expert epoch or a later one. Default: 0.',
      minimum: 0,
      optional: true,
    },
    growth: {
      type: 'object',
      properties: {
        from: {type: 'integer', description: 'T: the bound at the start.', minimum: 1},
        until: {
          type: 'integer',
          description: 'I: the iteration from which on the bound is maxStartEpoch.',
          minimum: 1,
        },
      },
      description:
        'As in DATM, the bound of start epochs grows from T to maxStartEpoch, by equal steps. Default: it is maxStartEpoch throughout.',
      optional: true,
    },
    betweenEpochs: {
      type: 'boolean',
      description:
        'As in MCT, let the student start at any time between two epochs, where the parameters of the expert are interpolated. Meant for experts that are stored as lines. Default: at epochs.',
      optional: true,
    },
    batch: {
      type: 'integer',
      description:
        '|b|: synthetic images in a student step, decoded ones if there is a `decoder`. Default: all.',
      minimum: 1,
      optional: true,
    },
    memory: {
      type: 'string',
      pattern: memoryPattern,
      expected: 'an amount of memory such as `4G` (GiB)',
      description:
        'Divide the images of each step into as many parts, at least, that an iteration fits into this much memory of the engine, such as `4G` (GiB). Only the rounding of results depends on it. The images of `probe` are not divided. The data set and the program itself take more. Default: parts of at least 2¹⁸ pixels.',
      optional: true,
    },
    remainder: {
      enum: ['drop', 'first'],
      description:
        'What happens to the images that remain if batch does not divide their number. drop: the next pass begins without them. first: they are the first, smaller step of the next pass, as in the official program.',
      default: 'drop',
    },
    sampling: {
      anyOf: [
        {
          type: 'object',
          properties: {kind: {const: 'with-replacement'}},
          description: 'any trajectory, drawn anew each iteration',
        },
        {
          type: 'object',
          properties: {
            kind: {const: 'shuffled'},
            maxFiles: {
              type: 'integer',
              description: 'Follow trajectories of at most this many buffers.',
              minimum: 1,
              optional: true,
            },
            maxExperts: {
              type: 'integer',
              description: 'Follow at most this many trajectories of each buffer, the first ones.',
              minimum: 1,
              optional: true,
            },
          },
          description: 'one after the other, buffer by buffer, in random order',
        },
      ],
      description:
        'How an iteration draws its trajectory. with-replacement is the official program with load_all, shuffled without.',
      default: {kind: 'with-replacement'},
    },
    match: {
      enum: ['parameters', 'logits', 'softmax'],
      description: 'What is matched: parameters, or outputs on real images.',
      default: 'parameters',
    },
    normalise: {
      enum: ['global', 'layer', 'none'],
      description:
        "Normalise by the expert's displacement: over all parameters, per layer, or not at all.",
      default: 'global',
    },
    skipShallow: {
      type: 'number',
      description:
        'As in PAD, leave this part of the parameters out of what is matched, the first ones. Default: 0.',
      minimum: 0,
      exclusiveMaximum: 1,
      optional: true,
    },
    bestStep: {
      type: 'boolean',
      description:
        'As in ATT, match the student after the one of its steps that comes nearest to the target. Default: after the last.',
      optional: true,
    },
    probe: {
      type: 'integer',
      description: 'The number of training images on which outputs are compared.',
      minimum: 1,
      default: 256,
    },
    gradient: {
      enum: ['exact', 'truncated'],
      description:
        'exact: through all student steps. truncated: as in TESLA, without the effect of a step on later steps, which is faster.',
      default: 'exact',
    },
    ...updates,
    labels: {
      enum: ['start', 'teacher'],
      description:
        'start: students train on the labels of `start`, or on classes. teacher: in each iteration on the probabilities that the expert gives to the images, without augmentation, at the epoch that the student should reach, as in TESLA; the set has those of the last iteration. Default: start.',
      optional: true,
    },
    labelRate: {
      type: 'number',
      description:
        'η_y: learning rate of the logits of soft labels, which `start` must have. Default: 0, which keeps labels as they are.',
      minimum: 0,
      optional: true,
    },
    labelMomentum: {
      type: 'number',
      description: 'Momentum of the SGD that moves the logits of labels. Default: 0.9.',
      minimum: 0,
      exclusiveMaximum: 1,
      optional: true,
    },
    maxLoss: {
      type: 'number',
      description:
        'τ: an iteration with a larger loss changes nothing, momenta included, as in DATM. Default: every iteration counts.',
      minimum: 0,
      optional: true,
    },
    augmentation,
    augmentationMode,
    ...kept,
    seed,
  },
  inputs: {
    dataset: {media: 'dataset', summary: 'the images that the experts were trained on'},
    transform: inputs.transform,
    buffers: {media: 'buffer', many: true, summary: 'trajectories of experts'},
    start: inputs.start,
    state: inputs.state,
  },
  outputs,
  goesOn: {by: 'iterations', output: 'state', input: 'state'},
  engine: true,
  facts: (given) => ({
    ...distillingFacts(given),
    ...(given.params.labels === 'teacher' && {targets: 'rows'}),
  }),
  check,
});
