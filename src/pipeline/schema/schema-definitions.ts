import type {JsonObject} from '../../base/json.ts';
import {memoryPattern} from '../../base/parse-memory.ts';
import type {Media} from '../../contract/media.ts';
import {smallestFraction} from '../nodes/stage-resources.ts';

/** The pattern of times. */
export const timePattern = '^[0-9]+(\\.[0-9]+)?[smhd]$';

const substitution = '\\$\\{(params|matrix)\\.[^{}]*\\}';

/** The definitions of the schemas of pipelines and stages, `#/definitions/…`. */
export function definitionsOf(media: Media): JsonObject {
  const choices = Array.from(media, ([name, {summary}]) => ({const: name, description: summary}));
  return {...grammar, media: {anyOf: choices}};
}

const grammar: JsonObject = {
  name: {type: 'string', pattern: '^[A-Za-z][A-Za-z0-9_-]*$'},
  // No description: for a value that is a substitution, editors then show the description of the value.
  substitution: {type: 'string', pattern: substitution},
  // One pattern instead of a choice, because editors explain a choice by its alternatives: a file, an output, a
  // substitution.
  reference: {
    type: 'string',
    pattern: `^\\.{0,2}/|^[A-Za-z][A-Za-z0-9_-]*(\\.[A-Za-z][A-Za-z0-9_-]*)+(\\[[\\s\\S]*\\])?$|${substitution}`,
  },
  axisValue: {type: ['string', 'number', 'boolean']},
  points: {
    anyOf: [
      {
        type: 'array',
        items: {type: 'object', additionalProperties: {$ref: '#/definitions/axisValue'}},
      },
      {$ref: '#/definitions/substitution'},
    ],
  },
  axis: {
    description: 'An axis: a list of its values, or a count of numbers from 0.',
    anyOf: [
      {type: 'array', minItems: 1, uniqueItems: true, items: {$ref: '#/definitions/axisValue'}},
      {
        type: 'object',
        required: ['count'],
        additionalProperties: false,
        properties: {
          count: orSubstitution({
            type: 'integer',
            minimum: 1,
            description: 'The number of values: 0, 1, 2, …',
          }),
        },
      },
      {$ref: '#/definitions/substitution'},
    ],
  },
  matrix: {
    type: 'object',
    description: 'One instance of the stage for every combination of the values of its axes.',
    properties: {
      include: described('Points to add.', 'points'),
      exclude: described('Points to leave out.', 'points'),
    },
    propertyNames: {$ref: '#/definitions/name'},
    additionalProperties: {$ref: '#/definitions/axis'},
  },
  resources: {
    type: 'object',
    description: 'What an instance takes while it runs. Default: one CPU slot.',
    additionalProperties: false,
    properties: {
      device: orSubstitution({
        type: 'integer',
        minimum: 1,
        description: 'The number of devices: GPUs where the machine has any, otherwise CPU slots.',
      }),
      gpu: orSubstitution({
        type: 'number',
        minimum: smallestFraction,
        // Below 1 it is a fraction, above a whole number.
        if: {type: 'number', minimum: 1},
        // oxlint-disable-next-line unicorn/no-thenable -- a key of JSON Schema
        then: {type: 'integer'},
        description:
          'The number of GPUs, a whole number or a fraction of one. A machine without enough GPUs is an error.',
      }),
      cpus: orSubstitution({
        type: 'integer',
        minimum: 1,
        default: 1,
        description:
          'The number of CPU slots of an instance that is on no GPU. A machine with fewer gives all that it has; a pool of a cluster must have as many.',
      }),
      memory: orSubstitution({
        type: 'string',
        pattern: memoryPattern,
        description:
          'The memory of an instance, such as `16G` (GiB). Instances that run together fit into the memory of the machine; one alone always starts.',
      }),
      time: orSubstitution({
        type: 'string',
        pattern: timePattern,
        description:
          'The time that an allocation of a cluster must have left for an instance to start, such as `30m`. Elsewhere it has no effect.',
      }),
    },
    not: {required: ['device', 'gpu']},
  },
  timeout: orSubstitution({
    type: 'string',
    description:
      'How long an attempt may take, such as `90s`, `30m` or `2h`. Then it saves a checkpoint and ends.',
    pattern: timePattern,
  }),
  retry: {
    description: 'How many times an instance is tried again after it crashed or ran out of memory.',
    anyOf: [
      retries(),
      {
        type: 'object',
        additionalProperties: false,
        properties: {
          crash: retries('How many times after a crash.'),
          'out-of-memory': retries('How many times after memory ran out.'),
        },
      },
    ],
  },
};

function retries(description?: string): JsonObject {
  return orSubstitution({
    type: 'integer',
    minimum: 0,
    maximum: 100,
    ...(description !== undefined && {description}),
  });
}

/** A definition with a description of its own. */
export function described(description: string, definition: string): JsonObject {
  return {description, allOf: [{$ref: `#/definitions/${definition}`}]};
}

/**
 * A schema that also accepts a `${…}`. Description and default stay outside of the choice, where editors look for them;
 * they show a default only as text.
 */
export function orSubstitution({description, default: preset, ...schema}: JsonObject): JsonObject {
  const told = preset === undefined ? '' : `\n\nDefault: ${JSON.stringify(preset)}`;
  return {
    ...(typeof description === 'string' && {description: `${description}${told}`}),
    ...(preset !== undefined && {default: preset}),
    anyOf: [schema, {$ref: '#/definitions/substitution'}],
  };
}

/** One output or file, or a list of them. */
export function references(description: string): JsonObject {
  const reference = {$ref: '#/definitions/reference'};
  return {description, anyOf: [reference, {type: 'array', minItems: 1, items: reference}]};
}
