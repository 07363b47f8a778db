import type {JsonObject} from '../base/json.ts';
import type {Contract, InputPort} from '../contract/contract.ts';
import {media} from '../contract/media.ts';
import {paramsSchema} from '../contract/param.ts';
import type {Registry} from '../contract/registry.ts';
import {smallestFraction} from './stage-resources.ts';

/**
 * The JSON Schema (draft 7) of pipeline files, for editors: what each key means, what each stage type takes, and its
 * defaults. It accepts every valid pipeline; references and names are left to `loadPipeline`.
 */
export function pipelineSchema(registry: Registry): JsonObject {
  const contracts = Array.from(registry.values(), ({contract}) => contract);
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    // No title: editors would head everything that they explain with it.
    description: 'A pipeline: stages, and how results flow between them.',
    type: 'object',
    required: ['stages'],
    additionalProperties: false,
    properties: {
      name: {type: 'string', description: 'What the pipeline is called.'},
      params: {
        type: 'object',
        description: 'Parameters, which `${params.name}` refers to and `--set name=value` changes.',
      },
      stages: {
        type: 'object',
        description: 'The stages by name, in any order.',
        minProperties: 1,
        propertyNames: {$ref: '#/definitions/name'},
        additionalProperties: {$ref: '#/definitions/stage'},
      },
      outputs: {
        type: 'object',
        description: 'What a pipeline that uses this one as a stage may refer to.',
        propertyNames: {$ref: '#/definitions/name'},
        additionalProperties: {$ref: '#/definitions/reference'},
      },
    },
    definitions: {...commonDefinitions, stage: stageSchema(contracts), ...byType(contracts)},
  };
}

const commonDefinitions: JsonObject = {
  name: {type: 'string', pattern: '^[A-Za-z][A-Za-z0-9_-]*$'},
  substitution: {
    type: 'string',
    description: 'Text with `${params.name}` or `${matrix.axis}` in it.',
    pattern: '\\$\\{(params|matrix)\\.[^{}]*\\}',
  },
  reference: {
    description:
      'An output: `stage.output`, `stage.output[*]` or `stage.output[axis=value]`; or a file, beginning with ./',
    anyOf: [
      {type: 'string', pattern: '^\\.{0,2}/'},
      {
        type: 'string',
        pattern: '^[A-Za-z][A-Za-z0-9_-]*\\.[A-Za-z][A-Za-z0-9_-]*(\\[.*\\])?$',
      },
      {$ref: '#/definitions/substitution'},
    ],
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
    anyOf: [
      {type: 'array', minItems: 1, uniqueItems: true, items: {$ref: '#/definitions/axisValue'}},
      {
        type: 'object',
        required: ['count'],
        additionalProperties: false,
        properties: {count: orSubstitution({type: 'integer', minimum: 1})},
      },
      {$ref: '#/definitions/substitution'},
    ],
  },
  matrix: {
    type: 'object',
    description: 'One instance of the stage for every combination of the values of its axes.',
    properties: {
      include: {description: 'Points to add.', allOf: [{$ref: '#/definitions/points'}]},
      exclude: {description: 'Points to leave out.', allOf: [{$ref: '#/definitions/points'}]},
    },
    propertyNames: {$ref: '#/definitions/name'},
    additionalProperties: {$ref: '#/definitions/axis'},
  },
  resources: {
    type: 'object',
    description: 'What an instance asks of the machine.',
    additionalProperties: false,
    properties: {
      device: orSubstitution({
        type: 'integer',
        minimum: 1,
        description: 'Devices: a GPU each where there is one, otherwise CPU slots.',
      }),
      gpu: orSubstitution({
        anyOf: [
          {type: 'integer', minimum: 1},
          {type: 'number', minimum: smallestFraction, exclusiveMaximum: 1},
        ],
        description: 'GPUs, and nothing else will do: a whole number, or a fraction of one.',
      }),
    },
    not: {required: ['device', 'gpu']},
  },
  timeout: orSubstitution({
    type: 'string',
    description:
      'How long an attempt may take, such as `90s`, `30m` or `2h`. Then it saves a checkpoint and ends.',
    pattern: '^[0-9]+(\\.[0-9]+)?[smhd]$',
  }),
  count: orSubstitution({type: 'integer', minimum: 0, maximum: 100}),
  retry: {
    description: 'How often an instance is tried again after it crashed or ran out of memory.',
    anyOf: [
      {$ref: '#/definitions/count'},
      {
        type: 'object',
        additionalProperties: false,
        properties: {
          crash: {$ref: '#/definitions/count'},
          'out-of-memory': {$ref: '#/definitions/count'},
        },
      },
    ],
  },
};

function stageSchema(contracts: readonly Contract[]): JsonObject {
  return {
    type: 'object',
    oneOf: [
      {required: ['uses'], not: anyOf(['run', 'outputs', 'environment'])},
      {required: ['run', 'outputs'], not: anyOf(['uses', 'with'])},
    ],
    additionalProperties: false,
    properties: {
      uses: {
        description: 'A stage type, or the path of another pipeline beginning with ./',
        anyOf: [
          ...contracts.map(({type, summary}) => ({const: type, description: summary})),
          {type: 'string', pattern: '^\\.{0,2}/|\\.ya?ml$', description: 'Another pipeline.'},
        ],
      },
      with: {type: 'object', description: 'Parameters.'},
      ...runProperties,
      inputs: {
        type: 'object',
        description: 'Which outputs flow in, by input.',
        additionalProperties: {
          anyOf: [
            {$ref: '#/definitions/reference'},
            {type: 'array', minItems: 1, items: {$ref: '#/definitions/reference'}},
          ],
        },
      },
      matrix: {$ref: '#/definitions/matrix'},
      resources: {$ref: '#/definitions/resources'},
      timeout: {$ref: '#/definitions/timeout'},
      retry: {$ref: '#/definitions/retry'},
    },
    allOf: contracts.map(({type}) => ({
      if: {required: ['uses'], properties: {uses: {const: type}}},
      // oxlint-disable-next-line unicorn/no-thenable -- a key of JSON Schema
      then: {$ref: `#/definitions/stage:${type}`},
    })),
  };
}

function anyOf(keys: readonly string[]): JsonObject {
  return {anyOf: keys.map((key) => ({required: [key]}))};
}

const runProperties: JsonObject = {
  run: {
    type: 'array',
    description:
      'A program and its arguments. `${inputs.name}` and `${outputs.name}` are the paths of files.',
    minItems: 1,
    items: {type: ['string', 'number', 'boolean']},
  },
  outputs: {
    type: 'object',
    description: 'The files that the program writes, and of what kind they are.',
    propertyNames: {$ref: '#/definitions/name'},
    additionalProperties: {
      anyOf: Object.entries(media).map(([name, {summary}]) => {
        return {const: name, description: summary};
      }),
    },
  },
  environment: {
    type: 'array',
    description: 'The variables that the program sees: `NAME` is passed on, `NAME=value` is set.',
    items: {type: 'string', pattern: '^[A-Za-z_][A-Za-z0-9_]*(=|$)'},
  },
};

function byType(contracts: readonly Contract[]): JsonObject {
  return Object.fromEntries(
    contracts.map((contract) => [`stage:${contract.type}`, typeSchema(contract)]),
  );
}

function typeSchema({params, inputs}: Contract): JsonObject {
  const given = relaxed(paramsSchema(params));
  const needed = Object.keys(inputs).filter((name) => inputs[name]!.optional !== true);
  return {
    required: [
      ...((given['required'] as readonly string[]).length > 0 ? ['with'] : []),
      ...(needed.length > 0 ? ['inputs'] : []),
    ],
    properties: {
      with: {...given, additionalProperties: false},
      inputs: {
        type: 'object',
        required: needed,
        additionalProperties: false,
        properties: Object.fromEntries(
          Object.entries(inputs).map(([name, port]) => [name, portSchema(port)]),
        ),
      },
    },
  };
}

function portSchema({media, summary, many}: InputPort): JsonObject {
  const description = `${summary} (${media})`;
  const reference = {$ref: '#/definitions/reference'};
  if (many !== true) return {description, allOf: [reference]};
  return {description, anyOf: [reference, {type: 'array', minItems: 1, items: reference}]};
}

/** A contract's schema as people may write it: any value may be a `${…}`. */
function relaxed(schema: JsonObject): JsonObject {
  const {properties, items} = schema as {
    readonly properties?: Readonly<Record<string, JsonObject>>;
    readonly items?: JsonObject;
  };
  return {
    ...schema,
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, value]) => [name, orSubstitution(relaxed(value))]),
      ),
    }),
    ...(items && {items: orSubstitution(relaxed(items))}),
  };
}

/** What editors show stays outside of the choice, where they look for it; of defaults they show only the text. */
function orSubstitution({description, default: preset, ...schema}: JsonObject): JsonObject {
  const told = preset === undefined ? '' : `\n\nDefault: ${JSON.stringify(preset)}`;
  return {
    ...(typeof description === 'string' && {description: `${description}${told}`}),
    ...(preset !== undefined && {default: preset}),
    anyOf: [schema, {$ref: '#/definitions/substitution'}],
  };
}
