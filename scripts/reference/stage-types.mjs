import {choicesOf, describeParam} from '../../dist/src/contract/describe-param.js';
import {cell, table} from './markdown.mjs';

/** The reference page of all stage types, generated from their contracts. */
export function stageTypesPage(contracts) {
  const links = contracts.map(({type, summary}) => [`[\`${type}\`](#${type})`, cell(summary)]);
  return `# Stage types

\`uses\` names a stage type. A parameter without a default must be given, unless it is optional. An input or output with \`…\`
takes or gives one or more artifacts.

${table(['stage type', 'what it does'], links)}
${contracts.map(section).join('\n')}`;
}

function section({type, version, summary, params, inputs, outputs}) {
  const parts = [
    `## ${type}\n\n${summary} Version ${version}.\n`,
    list('Parameters', params, paramLine),
    list('Inputs', inputs, portLine),
    list('Outputs', outputs, portLine),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

function list(title, items, lineOf) {
  const entries = Object.entries(items);
  if (entries.length === 0) return '';
  return `${title}:\n\n${entries.map(([name, item]) => `- ${lineOf(name, item)}\n`).join('')}`;
}

function paramLine(name, {default: preset, defaultUnless, optional, description = '', ...param}) {
  const presence =
    preset !== undefined
      ? `, default \`${JSON.stringify(preset)}\`${defaultUnless === undefined ? '' : ` unless \`${defaultUnless}\` is given`}`
      : optional === true
        ? ', optional'
        : '';
  return `**\`${name}\`** (${cell(accepts(param))}${presence}): ${cell(description)}`;
}

/** Of more choices than this only the number is given: there are 112 names of networks. */
const maxChoices = 12;

function accepts(param) {
  const choices = choicesOf(param) ?? [];
  if (choices.length <= maxChoices) return describeParam(param);
  return `one of ${choices.length} names, such as ${choices.slice(0, 3).join(', ')}`;
}

function portLine(name, {media, many, optional, summary}) {
  return `**\`${name}\`**${many ? '…' : ''} (\`${media}\`${optional ? ', optional' : ''}): ${cell(summary)}`;
}
