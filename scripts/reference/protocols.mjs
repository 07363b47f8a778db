import {cell, table} from './markdown.mjs';

/** The reference page of protocols: each number with its source. */
export function protocolsPage(protocols) {
  const entries = Object.entries(protocols);
  const [[, {recipe: first}]] = entries;
  const rows = Object.keys(first).map((name) => [
    `\`${name}\``,
    ...entries.map(([, {recipe}]) => value(recipe[name])),
  ]);
  return `# Protocols

Recipes by which networks are trained on a synthetic set to judge it: the \`protocol\` of \`evaluate\`
([how to choose](../protocols.md)). \`epochs\` is the number of the last epoch, counted from 0.

${table(['parameter', ...entries.map(([name]) => `\`${name}\``)], rows)}
${entries.map(section).join('\n')}`;
}

function section([name, {summary, recipe, cases, sources, notes = []}]) {
  const numbers = Object.keys(recipe).map((parameter) => [
    `\`${parameter}\``,
    value(recipe[parameter]),
    cell(sources[parameter]),
  ]);
  const changes = cases.flatMap(({when, change, source}) =>
    Object.entries(change).map(([parameter, changed]) => [
      `\`${parameter}\` ${when}`,
      value(changed),
      cell(source),
    ]),
  );
  return `## ${name}

${summary[0].toUpperCase()}${summary.slice(1)}.

${table(['parameter', 'value', 'source'], [...numbers, ...changes])}${list(notes)}`;
}

function list(notes) {
  return notes.length === 0 ? '' : `\n${notes.map((note) => `- ${note}\n`).join('')}`;
}

function value(of) {
  return `\`${typeof of === 'string' ? of : JSON.stringify(of)}\``;
}
