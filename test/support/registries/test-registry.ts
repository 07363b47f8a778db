import {defineContract, type Contract} from '../../../src/contract/contract.ts';
import type {Registry} from '../../../src/contract/registry.ts';
import {media} from '../../../stages/shared/media.ts';

/** Makes a data set without inputs. */
const make = defineContract({
  type: 'make',
  version: 1,
  summary: 'Makes a data set.',
  params: {
    name: {type: 'string', description: 'What it is called', default: 'toy'},
    count: {type: 'integer', minimum: 1, description: 'How many images', default: 10},
  },
  inputs: {},
  outputs: {
    dataset: {media: 'dataset', summary: 'the data set'},
    picture: {media: 'image', summary: 'a picture of it'},
  },
});

/** Takes one data set; has a parameter of every kind. */
const train = defineContract({
  type: 'train',
  version: 1,
  summary: 'Trains one network.',
  params: {
    model: {
      anyOf: [{const: 'ConvNetD3'}, {const: 'ResNet18'}, {const: 'VGG11'}],
      description: 'Which network',
    },
    epochs: {type: 'integer', minimum: 1, description: 'How long', default: 50},
    rate: {
      type: 'number',
      exclusiveMinimum: 0,
      maximum: 1,
      description: 'Learning rate',
      default: 0.01,
    },
    seed: {type: 'integer', minimum: 0, description: 'What draws are drawn from', default: 0},
    mirror: {type: 'boolean', description: 'Whether images are mirrored', default: false},
    sizes: {
      type: 'array',
      items: {type: 'integer', minimum: 1},
      description: 'Layer widths',
      default: [],
    },
    augment: {
      type: 'object',
      properties: {
        crop: {type: 'integer', minimum: 0, default: 0},
        flip: {type: 'boolean', default: false},
      },
      description: 'Augmentation',
      default: {},
    },
  },
  inputs: {dataset: {media: 'dataset', summary: 'the set to train on'}},
  outputs: {
    trajectory: {media: 'trajectory', summary: 'its parameters'},
    scores: {media: 'scores', summary: 'its accuracy'},
  },
  engine: true,
});

/** Takes any number of trajectories, and optionally a data set. */
const join = defineContract({
  type: 'join',
  version: 1,
  summary: 'Puts trajectories together.',
  params: {},
  inputs: {
    trajectories: {media: 'trajectory', summary: 'the trajectories', many: true},
    dataset: {media: 'dataset', summary: 'what they were trained on', optional: true},
  },
  outputs: {buffers: {media: 'buffer', summary: 'shards of trajectories', many: true}},
});

/** Takes any number of scores. */
const table = defineContract({
  type: 'table',
  version: 1,
  summary: 'Makes a table of scores.',
  params: {title: {type: 'string', description: 'Its title', default: ''}},
  inputs: {
    scores: {media: 'scores', summary: 'the scores', many: true},
    buffers: {media: 'buffer', summary: 'buffers to count', many: true, optional: true},
    first: {media: 'buffer', summary: 'one buffer', optional: true},
  },
  outputs: {table: {media: 'table', summary: 'the table'}},
});

/** A registry of small contracts that do nothing. */
export const testRegistry: Registry = new Map(
  ([make, train, join, table] as unknown as readonly Contract[]).map((contract) => [
    contract.type,
    {contract: {...contract, media}, load: () => Promise.resolve(() => Promise.resolve())},
  ]),
);
