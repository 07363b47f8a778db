/**
 * What contracts of stage types that distil have in common. Parameters come in groups, in the order in which a contract
 * puts them: defaults are filled in and told in results in that order.
 */
import type {Contract} from '../../../src/contract/contract.ts';
import type {StageContext} from '../../../src/contract/stage.ts';
import type {seed} from '../parameters.ts';

/** How large the set is, and how long it is made. Defaults are those of the official program where it has them. */
export const amount = {
  ipc: {type: 'integer', description: 'Synthetic images per class.', minimum: 1, default: 1},
  iterations: {
    type: 'integer',
    description: 'Updates of the synthetic pixels and the step size.',
    minimum: 1,
    default: 5000,
  },
} as const;

/** What is moved, how, and where it begins. */
export const updates = {
  pixelRate: {
    type: 'number',
    description: 'η_x: learning rate of the pixels. Large, since the gradient of a pixel is tiny.',
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
      'Make textures: canvases this many times as high and wide as images, of which networks see windows that wrap around.',
    minimum: 1,
    default: 1,
  },
  canvasSamples: {
    type: 'integer',
    description: 'How many windows of each canvas a step sees.',
    minimum: 1,
    default: 1,
  },
} as const;

/** What is kept on the way. */
export const kept = {
  snapshots: {
    anyOf: [
      {
        type: 'array',
        items: {type: 'integer', minimum: 0},
        description: 'after these numbers of updates',
      },
      {
        type: 'object',
        properties: {
          every: {type: 'integer', description: 'How many updates lie between.', minimum: 1},
        },
        description: 'at the start, and each time this many updates are done',
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
} as const;

export const inputs = {
  transform: {
    media: 'transform',
    optional: true,
    summary: 'what was done to them: the synthetic set then carries it, and an undone copy',
  },
  start: {
    media: 'synthetic',
    optional: true,
    summary: 'a set to start from, instead of what `init` says',
  },
} as const;

export const outputs = {
  synthetic: {media: 'synthetic', summary: 'the synthetic set after the last update'},
  snapshots: {media: 'synthetic', many: true, summary: 'the set at each of `snapshots`'},
  metrics: {media: 'metrics', summary: 'loss, step size and gradients by iteration'},
  histograms: {media: 'histograms', summary: 'how pixels were spread at each snapshot'},
  pictures: {media: 'pictures', summary: 'grids of the images at each snapshot'},
  picture: {media: 'image', summary: 'the synthetic images, in colours people see'},
  clipped: {media: 'image', summary: 'the same, without what lies 2.5 deviations away'},
} as const;

/** As much of such a contract as the code in this folder needs. */
interface DistillingContract extends Contract {
  readonly params: typeof amount & typeof updates & typeof kept & {readonly seed: typeof seed};
  readonly inputs: typeof inputs & {
    readonly dataset: {readonly media: 'dataset'; readonly summary: string};
  };
  readonly outputs: typeof outputs;
}

export type DistillingContext = StageContext<DistillingContract>;
