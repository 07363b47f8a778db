import {numericsNames, type Numerics} from '../../base/engines.ts';
import type {JsonObject} from '../../base/json.ts';
import type {Contract, InputPort} from '../../contract/contract.ts';
import type {Media} from '../../contract/media.ts';
import {paramsSchema} from '../../contract/param.ts';
import {mediaOf, type Registry} from '../../contract/registry.ts';
import {programSchema} from './program-schema.ts';
import {definitionsOf, described, orSubstitution, references} from './schema-definitions.ts';

const draft = 'http://json-schema.org/draft-07/schema#';

const numericsSummaries: Readonly<Record<Numerics, string>> = {
  any: 'Take a stored result of any engine.',
  engine: 'Take only stored results of the requested engine.',
  bitwise:
    'Take only stored results of the requested engine, which then gives the same bytes on every machine.',
};

/** The keys of a pipeline file. What a stage is depends on `extends` and `plugins`: `pipelineSchema` says it. */
const pipelineProperties: JsonObject = {
  extends: {
    type: 'string',
    description:
      'The path of a pipeline file that this one changes: its mappings are merged over those of that file, to any depth, and `null` removes an entry.',
  },
  name: {type: 'string', description: 'The name of the pipeline.'},
  numerics: orSubstitution({
    description:
      'Whether keys cover the engine that runs tensor programs, here and in nested pipelines.',
    default: 'any',
    anyOf: numericsNames.map((name) => ({const: name, description: numericsSummaries[name]})),
  }),
  plugins: {
    type: 'array',
    description:
      'Modules and packages with stage types of your own: paths beginning with ./, and names of packages. Their code runs whenever the pipeline is loaded.',
    items: {type: 'string', minLength: 1},
  },
  params: {
    type: 'object',
    description: 'Parameters: `${params.name}` refers to one, and `--set name=value` changes one.',
  },
  stages: {
    type: 'object',
    description: 'The stages by name, in any order.',
    propertyNames: {$ref: '#/definitions/name'},
  },
  outputs: {
    type: 'object',
    description:
      'The outputs that a pipeline which uses this one as a stage may refer to by a name; those of its stages are `stage.output`.',
    propertyNames: {$ref: '#/definitions/name'},
    additionalProperties: described('An output, as `stage.output`.', 'reference'),
  },
};

/**
 * The JSON Schema (draft 7) of pipeline files, for editors: the meaning of each key, the parameters of each stage type,
 * and their defaults. It accepts every valid pipeline; `loadPipeline` checks references and names. A pipeline whose stage
 * types come from the project's plugins has to say so, by `plugins: []`.
 */
export function pipelineSchema(registry: Registry): JsonObject {
  const contracts = Array.from(registry.values(), ({contract}) => contract);
  return {
    $schema: draft,
    // No title: editors would put it above everything that they explain.
    description: 'A pipeline: stages, and how results flow between them.',
    type: 'object',
    anyOf: [{required: ['stages']}, {required: ['extends']}],
    additionalProperties: false,
    // Whatever the author likes, such as anchors.
    patternProperties: {'^x-': {doNotSuggest: true}},
    properties: pipelineProperties,
    allOf: [
      // With a base, a stage may be a change of one that only the base has whole.
      unless(['extends'], {
        properties: {
          stages: {minProperties: 1, additionalProperties: {$ref: '#/definitions/stage'}},
        },
      }),
      unless(['extends', 'plugins'], {
        properties: {stages: {additionalProperties: knownTypes(contracts)}},
      }),
    ],
    definitions: {
      ...definitionsOf(mediaOf(registry)),
      stage: stageSchema(contracts),
      'stage:run': programSchema,
      'stage:file': nestedSchema,
      ...Object.fromEntries(
        contracts.map((contract) => [`stage:${contract.type}`, typeSchema(contract)]),
      ),
    },
  };
}

/** The JSON Schema (draft 7) of a stage of one type in a pipeline file. */
export function stageTypeSchema(contract: Contract, media: Media): JsonObject {
  const {required, properties} = typeSchema(contract);
  return {
    $schema: draft,
    description: descriptionOf(contract),
    type: 'object',
    required: ['uses', ...required],
    additionalProperties: false,
    properties: {uses: {const: contract.type}, ...properties, ...sharedProperties},
    definitions: definitionsOf(media),
  };
}

/** The keys that every stage with instances of its own may have. */
const sharedProperties: JsonObject = {
  description: {type: 'string', description: 'What the author says about the stage.'},
  matrix: {$ref: '#/definitions/matrix'},
  resources: {$ref: '#/definitions/resources'},
  timeout: {$ref: '#/definitions/timeout'},
  retry: {$ref: '#/definitions/retry'},
};

/** The pattern of stage types' names. */
const typePattern = '^[a-z][a-z0-9]*(-[a-z0-9]+)*$';

/** The pattern of pipeline files, in `uses`. */
const filePattern = '^\\.{0,2}/|\\.ya?ml$';

/**
 * The schema of a stage. Editors suggest a key where its schema is more than `true`; so keys that only some kinds of
 * stages have are described only for those.
 */
function stageSchema(contracts: readonly Contract[]): JsonObject {
  return {
    type: 'object',
    oneOf: [
      {required: ['uses'], not: anyRequired(['run', 'outputs', 'env', 'environment', 'folder'])},
      {required: ['run', 'outputs'], not: anyRequired(['uses', 'with'])},
    ],
    additionalProperties: false,
    properties: {
      uses: true,
      run: true,
      with: true,
      inputs: true,
      outputs: true,
      env: true,
      environment: true,
      folder: true,
      ...sharedProperties,
    },
    allOf: [
      unless(['run'], {properties: {uses: usesSchema(contracts)}}),
      unless(['uses'], {$ref: '#/definitions/stage:run'}),
      whereUses(filePattern, 'stage:file'),
      ...contracts.map(({type}) => whereUses(`^${type}$`, `stage:${type}`)),
    ],
  };
}

function usesSchema(contracts: readonly Contract[]): JsonObject {
  return {
    description: 'A stage type, or the path of another pipeline beginning with ./',
    anyOf: [
      ...contracts.map((contract) => ({
        const: contract.type,
        description: descriptionOf(contract),
      })),
      {type: 'string', pattern: filePattern, description: 'Another pipeline.'},
      {type: 'string', pattern: typePattern, description: 'A stage type of a plugin.'},
    ],
  };
}

/** Restricts stage types to the known ones, which is valid without plugins. */
function knownTypes(contracts: readonly Contract[]): JsonObject {
  const names = contracts.map(({type}) => ({const: type, doNotSuggest: true}));
  const file = {type: 'string', pattern: filePattern, doNotSuggest: true};
  return {type: 'object', properties: {uses: {anyOf: [...names, file]}}};
}

function descriptionOf({summary, outputs}: Contract): string {
  const lines = Object.entries(outputs).map(
    ([name, {media, many, summary}]) =>
      `${name}: ${many === true ? `any number of ${media}` : media}, ${summary}`,
  );
  return [summary, 'Outputs:', ...lines].join('\n\n');
}

/** A schema for what has none of these keys. */
function unless(keys: readonly string[], schema: JsonObject): JsonObject {
  // oxlint-disable-next-line unicorn/no-thenable -- a key of JSON Schema
  return {if: {not: anyRequired(keys)}, then: schema};
}

/** A condition on `uses`. `doNotSuggest` keeps editors from suggesting the condition's contents. */
function whereUses(pattern: string, definition: string): JsonObject {
  return {
    if: {required: ['uses'], properties: {uses: {type: 'string', pattern, doNotSuggest: true}}},
    // oxlint-disable-next-line unicorn/no-thenable -- a key of JSON Schema
    then: {$ref: `#/definitions/${definition}`},
  };
}

function anyRequired(keys: readonly string[]): JsonObject {
  return {anyOf: keys.map((key) => ({required: [key]}))};
}

/** The stages inside check everything else. */
const nestedSchema: JsonObject = {
  not: anyRequired(['inputs', 'resources', 'timeout', 'retry']),
  properties: {
    with: {
      type: 'object',
      description:
        'The parameters of that pipeline to change, and those of its stages, as `stage.parameter`.',
    },
  },
};

interface TypeSchema extends JsonObject {
  readonly required: readonly string[];
  readonly properties: JsonObject;
}

function typeSchema({params, inputs}: Contract): TypeSchema {
  const given = relaxed(paramsSchema(params));
  const needed = Object.keys(inputs).filter((name) => inputs[name]!.optional !== true);
  return {
    required: [
      ...((given['required'] as readonly string[]).length > 0 ? ['with'] : []),
      ...(needed.length > 0 ? ['inputs'] : []),
    ],
    properties: {
      with: {...given, description: 'Parameters.', additionalProperties: false},
      inputs: {
        type: 'object',
        description: 'The outputs that flow in, by the name of the input.',
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
  const description = `${summary} (${media}), as \`stage.output\``;
  return many === true ? references(description) : described(description, 'reference');
}

/** A contract's schema for pipeline files: any value may be a `${…}`. */
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
