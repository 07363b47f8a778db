import {cell, table} from './markdown.mjs';

/** The reference page of the pipeline file's grammar, generated from its JSON Schema. */
export function pipelineFilePage(schema) {
  const {definitions} = schema;
  const stage = {...definitions['stage:run'].properties, ...definitions.stage.properties};
  const uses = {
    description: 'The stage type, or the path of another pipeline file (`./cell.yaml`).',
  };
  const withs = {description: 'Parameters of the stage type, or of the pipeline that is used.'};
  const inputs = {
    description:
      "What flows in, by the input's name: `stage.output`, `stage.output[*]`, `./file`, or a list of these.",
  };
  return `# The grammar of pipeline files

This page lists every key, from the JSON Schema that editors use (\`schemas/pipeline.schema.json\`).
[The pipeline file](../pipeline-file.md) shows how each is written. A value may be a substitution, \`\${params.name}\` or
\`\${matrix.axis}\`, wherever the last column says so.

## The file

${keys(schema.properties, definitions, ['stages'])}
## A stage

A stage has either \`uses\` or \`run\` with \`outputs\`.

${keys({...stage, uses, with: withs, inputs}, definitions, [])}
## matrix

${keys({...definitions.matrix.properties, AXIS: definitions.axis}, definitions, [])}
## resources

${keys(definitions.resources.properties, definitions, [])}
## retry

${keys(definitions.retry.anyOf.find(({properties}) => properties !== undefined).properties, definitions, [])}
## Names

Names of stages, parameters, axes and outputs match \`${definitions.name.pattern}\`.

## Media

An output and an input connect only if their media are the same.

${table(
  ['media', 'what it is'],
  definitions.media.anyOf.map(({const: name, description}) => [`\`${name}\``, cell(description)]),
)}`;
}

function keys(properties, definitions, required) {
  const rows = Object.entries(properties).map(([name, given]) => {
    const schema = given === true ? {} : given;
    const target = schema.$ref === undefined ? {} : definitions[schema.$ref.split('/').at(-1)];
    const {description = ''} = {...target, ...schema};
    const forms = formsOf({...target, ...schema}, definitions);
    return [
      `\`${name}\`${required.includes(name) ? ' (required)' : ''}`,
      cell(description.replaceAll('\n\n', ' ')),
      forms.includes('substitution') ? 'yes' : '',
    ];
  });
  return table(['key', 'meaning', 'substitution'], rows);
}

/** The definitions that a schema has as alternatives. */
function formsOf(schema, definitions) {
  const parts = [...(schema.anyOf ?? []), ...(schema.allOf ?? [])];
  return parts.flatMap((part) => {
    if (part.$ref === undefined) return formsOf(part, definitions);
    const name = part.$ref.split('/').at(-1);
    return [name, ...formsOf(definitions[name], definitions)];
  });
}
