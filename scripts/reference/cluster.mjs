import {cell, table} from './markdown.mjs';

/** The reference page of the grammar of clusters' profiles, generated from its JSON Schema. */
export function clusterPage(schema) {
  const {properties, definitions} = schema;
  const shared = Object.fromEntries(
    Object.entries(properties).filter(([, value]) => value !== true && value !== undefined),
  );
  const kinds = properties.kind.anyOf.map(({const: kind, description}) => {
    const {required, properties: own} = definitions[kind];
    const {pools, ...rest} = own;
    const pool = pools.additionalProperties.properties;
    const more = Object.keys(pool).filter((key) => !isCommon(key, definitions));
    return `## kind: ${kind}

${description}

${Object.keys(rest).length > 0 ? keys(rest, required) : ''}
${more.length > 0 ? `Its pools have also:\n\n${keys(pick(pool, more), [])}` : ''}`;
  });
  const [first] = Object.values(definitions);
  const pool = first.properties.pools.additionalProperties.properties;
  const common = Object.keys(pool).filter((key) => isCommon(key, definitions));
  return `# The grammar of clusters' profiles

A profile says how members of a run are started on a cluster, and of which shapes. This page lists every key, from the JSON Schema
that editors use (\`schemas/cluster.schema.json\`). [\`clusters/\`](../../clusters) has a complete example of each kind. A profile is
\`clusters/NAME.yaml\` in the working directory, beside the pipeline file, or in \`~/.config/distillery\`
(\`$XDG_CONFIG_HOME/distillery\`); keys that begin with \`x-\` are yours.

## The file

${keys(shared, schema.required)}
## A pool

Members of a pool have one shape. Its name is of your choice: letters, digits, \`-\` and \`_\`.

${keys(pick(pool, common), [])}
${kinds.join('\n')}
## remote

Without it, members use the remote cache of your configuration ([A remote cache](../remote-cache.md)).

${keys(properties.remote.properties, properties.remote.required)}`;
}

/** Whether pools of every kind have a key. */
function isCommon(key, definitions) {
  return Object.values(definitions).every(({properties}) =>
    Object.hasOwn(properties.pools.additionalProperties.properties, key),
  );
}

function pick(properties, names) {
  return Object.fromEntries(names.map((name) => [name, properties[name]]));
}

function keys(properties, required) {
  const rows = Object.entries(properties).map(([name, {description = '', default: preset}]) => [
    `\`${name}\`${required.includes(name) ? ' (required)' : ''}`,
    cell(description.replaceAll('\n\n', ' ')),
    preset === undefined ? '' : `\`${preset === '' ? '""' : preset}\``,
  ]);
  return table(['key', 'meaning', 'default'], rows);
}
