import {defineContract} from '../../src/contract/contract.ts';
import {augmentation, augmentationMode, seed} from '../parameters.ts';

export const contract = defineContract({
  type: 'distill',
  version: 7,
  summary:
    'Distils a synthetic set by matching training trajectories: the student, trained on it, must go where experts went.',
  params: {
    ipc: {type: 'integer', description: 'Synthetic images per class.', minimum: 1, default: 1},
    // Defaults below are those of the official program where it has them.
    iterations: {
      type: 'integer',
      description: 'Updates of the synthetic pixels and the step size.',
      minimum: 1,
      default: 5000,
    },
    steps: {
      type: 'integer',
      description: 'N: SGD steps of the student in each iteration.',
      minimum: 1,
      default: 20,
    },
    expertEpochs: {
      type: 'integer',
      description: 'M: how many expert epochs the student is to cover.',
      minimum: 1,
      default: 3,
    },
    maxStartEpoch: {
      type: 'integer',
      description: 'T⁺: the student starts at an expert epoch below this.',
      minimum: 1,
      default: 25,
    },
    batch: {
      type: 'integer',
      description: '|b|: synthetic images a student step. All of them by default.',
      minimum: 1,
      optional: true,
    },
    remainder: {
      enum: ['drop', 'first'],
      description:
        'What becomes of images left over where batch does not divide them: the next order begins without them, or they are the first, smaller step, as in the official program.',
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
              description: 'Follow trajectories of only so many buffers.',
              minimum: 1,
              optional: true,
            },
            maxExperts: {
              type: 'integer',
              description: 'And of each only the first so many.',
              minimum: 1,
              optional: true,
            },
          },
          description: 'one after the other, buffer by buffer, in random order',
        },
      ],
      description:
        "Which trajectory an iteration follows. with-replacement is the official program's load_all; shuffled is what it does without.",
      default: {kind: 'with-replacement'},
    },
    match: {
      enum: ['parameters', 'logits', 'softmax'],
      description:
        'What of the student must come to be like the expert: its parameters, or its outputs on real images.',
      default: 'parameters',
    },
    normalise: {
      enum: ['global', 'layer', 'none'],
      description:
        'Divide the distance by what the expert went, in all or layer by layer; or do not.',
      default: 'global',
    },
    probe: {
      type: 'integer',
      description: 'On how many training images outputs are compared.',
      minimum: 1,
      default: 256,
    },
    gradient: {
      enum: ['exact', 'truncated'],
      description:
        "Through all student steps, or as TESLA has it: without each step's effect on those after it, which is quicker.",
      default: 'exact',
    },
    pixelRate: {
      type: 'number',
      description:
        'η_x: learning rate of the pixels. Large, since the gradient of a pixel is tiny.',
      exclusiveMinimum: 0,
      default: 1000,
    },
    maxPixelGradient: {
      type: 'number',
      description: 'Scale the gradient of the pixels down to this norm where it is larger.',
      exclusiveMinimum: 0,
      optional: true,
    },
    stepSize: {
      type: 'number',
      description:
        'α₀: what the step size of the student starts at; by default that of `start`, or 0.01.',
      exclusiveMinimum: 0,
      optional: true,
    },
    stepSizeRate: {
      type: 'number',
      description: 'η_α: learning rate of the step size; 0 keeps it as it is.',
      minimum: 0,
      default: 1e-5,
    },
    stepSizeForm: {
      enum: ['raw', 'exp', 'softplus'],
      description:
        'raw learns α itself, as the official program does, and stops once it is not positive; exp and softplus learn a number that α > 0 is made of.',
      default: 'raw',
    },
    maxStepSizeGradient: {
      type: 'number',
      description: 'Scale the gradient of the step size down to this where it is larger.',
      exclusiveMinimum: 0,
      optional: true,
    },
    momentum: {
      type: 'number',
      description: 'Of the SGD that moves pixels and step size.',
      minimum: 0,
      exclusiveMaximum: 1,
      default: 0.5,
    },
    init: {
      enum: ['real', 'noise'],
      description:
        'Start from random training images, or from standard normal noise. By default real, but noise on canvases.',
      optional: true,
    },
    canvasSize: {
      type: 'integer',
      description:
        'Make textures: canvases so many times as high and wide as images, of which networks see windows that wrap around.',
      minimum: 1,
      default: 1,
    },
    canvasSamples: {
      type: 'integer',
      description: 'How many windows of each canvas a step sees.',
      minimum: 1,
      default: 1,
    },
    augmentation,
    augmentationMode,
    snapshots: {
      anyOf: [
        {
          type: 'array',
          items: {type: 'integer', minimum: 0},
          description: 'after so many updates each',
        },
        {
          type: 'object',
          properties: {
            every: {type: 'integer', description: 'How many updates lie between.', minimum: 1},
          },
          description: 'at the start and after every so many updates',
        },
      ],
      description:
        'When to keep a snapshot: a list of iterations, 0 being the start, or {every: n}. The last one is always kept.',
      default: [],
    },
    pictures: {
      type: 'boolean',
      description:
        'Keep grids of all images at each snapshot. By default where there are fewer than 50 per class.',
      optional: true,
    },
    seed,
  },
  inputs: {
    dataset: {media: 'dataset', summary: 'the images that the experts were trained on'},
    transform: {
      media: 'transform',
      optional: true,
      summary: 'what was done to them: the synthetic set then carries it, and an undone copy',
    },
    buffers: {media: 'buffer', many: true, summary: 'trajectories of experts'},
    start: {
      media: 'synthetic',
      optional: true,
      summary: 'a set to start from, instead of what `init` says',
    },
  },
  outputs: {
    synthetic: {media: 'synthetic', summary: 'the synthetic set after the last update'},
    snapshots: {media: 'synthetic', many: true, summary: 'the set at each of `snapshots`'},
    metrics: {media: 'metrics', summary: 'loss, step size and gradients by iteration'},
    histograms: {media: 'histograms', summary: 'how pixels were spread at each snapshot'},
    pictures: {media: 'pictures', summary: 'grids of the images at each snapshot'},
    picture: {media: 'image', summary: 'the synthetic images, in colours people see'},
    clipped: {media: 'image', summary: 'the same, without what lies 2.5 deviations away'},
  },
  engine: true,
});
