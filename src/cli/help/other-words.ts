import type {Command} from 'commander';

/** Commands of other runners, and what does the same here. */
export const otherWords: ReadonlyMap<string, string> = new Map([
  ['build', 'run'],
  ['check', 'validate'],
  ['clean', 'gc'],
  ['dag', 'graph'],
  ['dry-run', 'plan'],
  ['exec', 'run'],
  ['grid', 'sweep'],
  ['lint', 'validate'],
  ['list', 'runs'],
  ['log', 'logs'],
  ['ls', 'runs'],
  ['multirun', 'sweep'],
  ['prune', 'gc'],
  ['repro', 'run'],
  ['start', 'run'],
  ['tune', 'sweep'],
  ['version', '--version'],
]);

/** Options of other runners for their `run`, and what does the same here. */
const otherOptions: ReadonlyMap<string, string> = new Map([
  ['-n', 'plan'],
  ['--dryrun', 'plan'],
]);

/** A hint for somebody who types what another runner understands; `undefined` if the words are not such. */
export function hintFor(program: Command, [first, ...rest]: readonly string[]): string | undefined {
  if (first === undefined) return undefined;
  const command = program.commands.find((one) => one.name() === first);
  if (command === undefined) {
    const meant = otherWords.get(first);
    return meant === undefined
      ? undefined
      : `error: unknown command '${first}': here it is \`pipeline ${meant}\``;
  }
  if (first !== 'run') return undefined;
  const isKnown = (word: string): boolean =>
    command.options.some(({long, short}) => word === long || word === short);
  const option = rest.find((word) => otherOptions.has(word) && !isKnown(word));
  if (option === undefined) return undefined;
  return `error: unknown option '${option}': \`pipeline ${otherOptions.get(option)!}\` shows what a run would do`;
}
