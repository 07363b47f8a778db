import {defineContract} from '../../src/contract/contract.ts';
import {media} from '../shared/media.ts';
import {shownName} from '../shared/parameters.ts';

const one = {...shownName, optional: true} as const;
const texts = {type: 'array', items: shownName, optional: true} as const;

const axis = {
  enum: [
    'dataset',
    'ipc',
    'model',
    'set',
    'iteration',
    'split',
    'protocol',
    'labels',
    'augmentation',
    'rate',
  ],
} as const;

export const contract = defineContract({
  type: 'table',
  version: 9,
  summary: 'Makes a table of accuracies, beside published ones if there are any.',
  media,
  params: {
    rows: {
      type: 'array',
      items: axis,
      description:
        'The axes that distinguish rows. Axes that `at` gives to scores come before them.',
      default: ['model'],
    },
    columns: {
      type: 'array',
      items: axis,
      description:
        'The axes that distinguish columns. An axis that is in neither list must have one value in each cell.',
      default: ['dataset', 'ipc', 'set', 'iteration', 'split'],
    },
    expect: {
      type: 'object',
      properties: {
        dataset: texts,
        ipc: {type: 'array', items: {type: 'integer', minimum: 1}, optional: true},
        model: texts,
        set: texts,
      },
      description:
        'The values of axes that the table must have, in this order. A cell without scores is shown as missing, with its published value if there is one.',
      default: {},
    },
    at: {
      type: 'object',
      values: {anyOf: [{type: 'number'}, {...shownName}, {type: 'boolean'}]},
      description:
        'Values that the scores get on axes of yours, such as those of a sweep: {pixelRate: 100}. A table that takes these scores has a row for each.',
      optional: true,
    },
    best: {
      type: 'object',
      properties: {
        dataset: one,
        ipc: {type: 'integer', minimum: 1, optional: true},
        model: one,
        set: one,
      },
      description:
        'Orders the rows by accuracy, the best first: by the mean of their cells with these values, such as {set: distilled}; {}: by their cells of the first column.',
      optional: true,
    },
    versus: {
      ...shownName,
      description:
        'The set with which the others are compared: their cells get the difference in percentage points.',
      optional: true,
    },
    interval: {
      type: 'number',
      description:
        "The confidence of intervals in percent, such as 95: cells get Student's interval of the mean, and differences get Welch's. Several sets of one name, such as those of three seeds, are the sample where a cell has them, and the networks of one set elsewhere. Default: no intervals.",
      minimum: 50,
      exclusiveMaximum: 100,
      optional: true,
    },
  },
  inputs: {
    scores: {
      media: 'scores',
      many: true,
      partial: true,
      summary: 'accuracies, in one or more files',
    },
    published: {
      media: 'csv',
      optional: true,
      summary:
        'published values to compare with: columns dataset, ipc, model, set, iteration, mean, deviation, trials, source, where mean and deviation are fractions; where a set has several rows, each stands beside its iteration; without trials they have no intervals',
    },
  },
  outputs: {
    table: {
      media: 'table',
      summary:
        'one row per cell: mean, standard deviation, trials, published; under a protocol also HLR, IOR, LRS, ARS, bytes',
    },
    markdown: {media: 'markdown', summary: 'the table to read'},
    csv: {media: 'csv', summary: 'one line per cell, at full precision'},
    latex: {media: 'latex', summary: 'the table to print'},
    scores: {media: 'scores', summary: 'all of the scores, for a table of tables'},
  },
});
