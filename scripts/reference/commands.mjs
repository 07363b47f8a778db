import {exitCodeMeanings} from '../../dist/src/cli/exit-codes.js';
import {commandGuide} from '../../dist/src/cli/help/command-guide.js';
import {commands} from '../../dist/src/cli/run-cli.js';
import {offers} from '../../dist/stages/offers.js';
import {cell, table} from './markdown.mjs';

const silent = {isTerminal: false, colours: false, write: () => undefined};

/** The reference page of all commands, generated from commander. */
export function commandsPage() {
  const program = commands({stdout: silent, stderr: silent, offers}, () => {});
  const guidance = commandGuide(offers);
  const leaves = program
    .createHelp()
    .visibleCommands(program)
    .filter((command) => command.name() !== 'help')
    .flatMap((command) => leavesOf(command, ''));
  const rows = leaves.map(({name, command}) => [
    guidance.get(name).group,
    `[\`${name}\`](#${anchorOf(name)})`,
    cell(command.description()),
  ]);
  const codes = Object.entries(exitCodeMeanings).map(([code, meaning]) => [code, cell(meaning)]);
  return `# Commands

In a checkout or a project the command is \`npx pipeline\`. \`pipeline COMMAND --help\` prints what follows here.

${table(['for', 'command', 'what it does'], rows)}
## Exit codes

${table(['exit code', 'what it says'], codes)}
${leaves.map((leaf) => section(leaf, guidance.get(leaf.name))).join('\n')}`;
}

/** Executable commands with their full names: `export` only has subcommands. */
function leavesOf(command, before) {
  const name = `${before}${command.name()}`;
  if (command.commands.length === 0) return [{name, command}];
  return command.commands.flatMap((below) => leavesOf(below, `${name} `));
}

function section({name, command}, {examples}) {
  const words = command.registeredArguments.map((argument) => {
    const word = argument.name() + (argument.variadic ? '…' : '');
    return argument.required ? word.toUpperCase() : `[${word.toUpperCase()}]`;
  });
  const lines = [
    ...command.registeredArguments
      .filter(({description}) => description !== '')
      .map((argument) => `**\`${argument.name().toUpperCase()}\`**: ${cell(argument.description)}`),
    ...command.options
      .filter(({hidden}) => !hidden)
      .map((option) => `**\`${option.flags}\`**: ${cell(meaningOf(option))}${presetOf(option)}`),
  ];
  const shown = `\n\`\`\`sh\n${examples.join('\n')}\n\`\`\`\n`;
  const usage = ['pipeline', name, ...words].join(' ');
  const options = lines.length === 0 ? '' : `\n${lines.map((line) => `- ${line}\n`).join('')}`;
  return `## ${name}\n\n\`${usage}\`: ${cell(command.description())}.\n${options}${shown}`;
}

function meaningOf({description, argChoices}) {
  return argChoices === undefined ? description : `${description}: ${argChoices.join(', ')}`;
}

function presetOf({defaultValue}) {
  const isNothing =
    defaultValue === undefined ||
    typeof defaultValue === 'boolean' ||
    (Array.isArray(defaultValue) && defaultValue.length === 0);
  return isNothing ? '' : ` (default: \`${String(defaultValue)}\`)`;
}

function anchorOf(name) {
  return name.replaceAll(' ', '-');
}
