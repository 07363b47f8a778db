import type {JsonObject} from '../../base/json.ts';
import {remoteSchema} from '../../remote/remote-schema.ts';

/** The options of commands that may be given a value, by commander's names. */
export const defaultsSchema = {
  type: 'object',
  description: 'Values of options that are not given on the command line.',
  additionalProperties: false,
  properties: {
    engine: {type: 'string', description: 'As `--engine`: the engine for tensor programs.'},
    jobs: {
      type: 'integer',
      minimum: 1,
      description: 'As `--jobs`: how many instances without a GPU run at a time.',
    },
    devices: {
      type: ['string', 'integer'],
      description: 'As `--devices`: the GPUs to use, such as `0,2` or `none`.',
    },
    keepGoing: {
      type: 'boolean',
      description: 'As `--keep-going`: after a failure, run everything that does not depend on it.',
    },
    checkpointInterval: {
      type: 'number',
      minimum: 0,
      description: 'As `--checkpoint-interval`: seconds between two checkpoints.',
    },
    stopWithin: {
      type: 'string',
      description: 'As `--stop-within`: how long a stage may take to stop, such as `90s` or `1h`.',
    },
  },
} as const satisfies JsonObject;

/** The JSON Schema (draft 7) of `distillery.yaml` and `config.yaml`: its keys are their grammar. */
export const projectSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  description: 'The settings of a project, or of a user: what holds for all their pipelines.',
  type: 'object',
  additionalProperties: false,
  properties: {
    store: {
      type: 'string',
      minLength: 1,
      description: 'The folder of results, from the folder of this file.',
    },
    plugins: {
      type: 'array',
      description:
        'Modules and packages with stage types of your own, for all pipelines: paths beginning with ./, and names of packages.',
      items: {type: 'string', minLength: 1},
    },
    remote: {anyOf: [remoteSchema, {type: 'null'}], description: remoteSchema.description},
    defaults: defaultsSchema,
  },
} as const satisfies JsonObject;
