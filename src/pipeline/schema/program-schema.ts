import type {JsonObject} from '../../base/json.ts';
import {references} from './schema-definitions.ts';

/** The schema of a stage that runs a program. */
export const programSchema: JsonObject = {
  properties: {
    run: {
      type: 'array',
      description:
        'A program and its arguments. `${inputs.name}` and `${outputs.name}` are the paths of files.',
      minItems: 1,
      items: {type: ['string', 'number', 'boolean']},
    },
    inputs: {
      type: 'object',
      description: 'The outputs and files that the program reads, by names of your choice.',
      propertyNames: {$ref: '#/definitions/name'},
      additionalProperties: references(
        'An output, as `stage.output`, or a file, beginning with ./; `${inputs.name}` becomes its path.',
      ),
    },
    outputs: {
      type: 'object',
      description: 'The files that the program writes, and their media.',
      propertyNames: {$ref: '#/definitions/name'},
      additionalProperties: {$ref: '#/definitions/media'},
    },
    env: {
      type: 'object',
      description:
        'Variables for the program, by name. They are part of the key and stand in the store as they are: secrets belong in `environment`.',
      propertyNames: {pattern: '^[A-Za-z_][A-Za-z0-9_]*$'},
      additionalProperties: {type: ['string', 'number', 'boolean']},
    },
    folder: {
      type: 'string',
      minLength: 1,
      description:
        'The folder of yours that the program starts in, from the pipeline file. Its files are part of the key only if they are inputs. Default: an empty folder.',
    },
    environment: {
      type: 'array',
      description: 'The variables that the program sees: `NAME` is passed on, `NAME=value` is set.',
      items: {type: 'string', pattern: '^[A-Za-z_][A-Za-z0-9_]*(=|$)'},
    },
  },
};
