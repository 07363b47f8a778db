/**
 * The parts of contracts that all stage types share that distil. Parameters form groups, in the order in which a
 * contract lists them: defaults are filled in, and results listed, in that order.
 */
import type {Contract} from '../../../src/contract/contract.ts';
import type {StageContext} from '../../../src/contract/stage.ts';
import type {seed} from '../parameters.ts';

/** The size of the set, and the number of iterations. Defaults are those of the official program where it has them. */
export const amount = {
  ipc: {type: 'integer', description: 'Synthetic images per class.', minimum: 1, default: 1},
  iterations: {
    type: 'integer',
    description: 'Updates of the synthetic pixels and the step size.',
    minimum: 1,
    default: 5000,
  },
} as const;

const pixels = {
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
      'α₀: the step size of the student at the start. Default: that of `start`, or 0.01.',
    exclusiveMinimum: 0,
    optional: true,
  },
} as const;

const learnedStepSize = {
  stepSizeRate: {
    type: 'number',
    description: 'η_α: learning rate of the step size; 0 keeps it as it is.',
    minimum: 0,
    default: 1e-5,
  },
  stepSizeForm: {
    enum: ['raw', 'exp', 'softplus'],
    description:
      'raw: learn α itself, as the official program does; the distillation stops when α is not positive. exp, softplus: learn a number of which α > 0 is the exponential or softplus.',
    default: 'raw',
  },
  maxStepSizeGradient: {
    type: 'number',
    description: 'Scale the gradient of the step size down to this where it is larger.',
    exclusiveMinimum: 0,
    optional: true,
  },
} as const;

const momentumAndStart = {
  momentum: {
    type: 'number',
    description: 'Momentum of the SGD that moves pixels and step size.',
    minimum: 0,
    exclusiveMaximum: 1,
    default: 0.5,
  },
  average: {
    type: 'number',
    description:
      'β: also make the running average of the pixels, as FTD does: after each update, β of the average so far and 1 − β of the pixels. The output `average` has it.',
    minimum: 0,
    maximum: 1,
    optional: true,
  },
  init: {
    enum: ['real', 'noise'],
    description:
      'Start from random training images (real), or from standard normal noise. Default: real, but noise on canvases.',
    optional: true,
  },
  canvasSize: {
    type: 'integer',
    description:
      'Make textures: canvases this many times as high and wide as images. Networks see windows of them, which wrap around.',
    minimum: 1,
    default: 1,
  },
  canvasSamples: {
    type: 'integer',
    description: 'The number of windows of each canvas that a step sees.',
    minimum: 1,
    default: 1,
  },
} as const;

const decoding = {
  decoder: {
    anyOf: [
      {
        type: 'object',
        properties: {
          kind: {const: 'idc'},
          factor: {
            type: 'integer',
            description: 'The number of patches along each side of a stored image.',
            minimum: 1,
          },
          multiScale: {
            type: 'boolean',
            description: 'Also the patches of all smaller factors. Default: false.',
            optional: true,
          },
        },
        description:
          'cut each stored image into factor × factor patches, and enlarge each to an image',
      },
      {
        type: 'object',
        properties: {
          kind: {const: 'fred'},
          coefficients: {
            type: 'integer',
            description:
              'The number of DCT coefficients of each image and channel: those that vary most between images of its class.',
            minimum: 1,
          },
        },
        description:
          'store some frequencies of each image, and as many more images as fit into the room',
      },
    ],
    description:
      'Store something else than images, and decode it into the images that networks see: more images in the room of `ipc`. All batches of synthetic images, |b| too, count decoded images. Default: images are stored.',
    optional: true,
  },
} as const;

/** What is updated, how, and from which start. */
export const updates = {
  ...pixels,
  ...learnedStepSize,
  ...momentumAndStart,
  ...decoding,
} as const;

/** The same for a method whose loss does not depend on the step size: a set only passes it on. */
export const pixelUpdates = {
  ...pixels,
  stepSize: {
    ...pixels.stepSize,
    description:
      'The learning rate that the set names for networks that train on it. Default: that of `start`, or 0.01.',
  },
  ...momentumAndStart,
  momentum: {...momentumAndStart.momentum, description: 'Momentum of the SGD that moves pixels.'},
  ...decoding,
} as const;

/** The real images of a class that an update looks at, for methods that compare both. */
export const realBatch = {
  type: 'integer',
  description:
    "Real images of each class that an update compares the synthetic ones with, drawn anew each time; all, if there are fewer. 256 in the authors' programs.",
  minimum: 1,
  default: 256,
} as const;

/** What is kept during a distillation. */
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
          every: {
            type: 'integer',
            description: 'The number of updates between two snapshots.',
            minimum: 1,
          },
        },
        description: 'at the start, and each time this many updates are done',
      },
    ],
    description:
      'The iterations at which a snapshot is kept: a list, where 0 is the start, or {every: n}. The last iteration is always kept.',
    default: [],
  },
  pictures: {
    type: 'boolean',
    description:
      'Keep grids of all images at each snapshot. Default: if there are fewer than 50 images per class.',
    optional: true,
  },
  keepState: {
    enum: [true],
    description:
      'Also keep all that a longer distillation goes on from, as the output `state`: about twice the bytes of the set. Default: it is not kept.',
    optional: true,
  },
} as const;

export const inputs = {
  transform: {
    media: 'transform',
    optional: true,
    summary:
      'the transform of the data set: the synthetic set then carries it, and an un-transformed copy',
  },
  start: {
    media: 'synthetic',
    optional: true,
    summary: 'a set to start from, instead of `init`',
  },
  state: {
    media: 'state',
    optional: true,
    summary:
      'the state of the same distillation with fewer iterations: this one goes on from it, to what it would be in one go; if it is not connected, the stored one that is furthest',
  },
} as const;

export const outputs = {
  synthetic: {
    media: 'synthetic',
    product: true,
    summary: 'the synthetic set after the last update',
  },
  average: {
    media: 'synthetic',
    onlyWith: 'average',
    product: true,
    summary:
      'the set with the running average of its pixels; made only with the parameter `average`',
  },
  state: {
    media: 'state',
    onlyWith: 'keepState',
    bulky: true,
    summary:
      'all that a longer distillation goes on from; made only with the parameter `keepState`',
  },
  snapshots: {media: 'synthetic', many: true, summary: 'the set at each of `snapshots`'},
  metrics: {media: 'metrics', summary: 'loss, step size and gradients by iteration'},
  histograms: {media: 'histograms', summary: 'histograms of pixel values at each snapshot'},
  pictures: {media: 'pictures', summary: 'grids of the images at each snapshot'},
  picture: {media: 'image', summary: 'the synthetic images, in their original colours'},
  clipped: {media: 'image', summary: 'the same, clipped at 2.5 standard deviations'},
} as const;

/** The part of such a contract that the code in this folder needs. */
interface DistillingContract extends Contract {
  readonly params: typeof amount &
    typeof pixelUpdates &
    OptionalParams<typeof learnedStepSize> &
    typeof kept & {readonly seed: typeof seed};
  readonly inputs: typeof inputs & {
    readonly dataset: {readonly media: 'dataset'; readonly summary: string};
  };
  readonly outputs: typeof outputs;
}

/** Parameters that not every method has. */
type OptionalParams<P> = {readonly [name in keyof P]: P[name] & {readonly optional: true}};

export type DistillingContext = StageContext<DistillingContract>;
