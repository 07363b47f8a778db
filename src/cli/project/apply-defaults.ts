import type {Command, Option} from 'commander';

/**
 * Gives a command the values of options that the command line does not give, and that go with those it gives.
 * @returns commander's names of those that it gives
 */
export function applyDefaults(
  command: Command,
  defaults: ReadonlyMap<string, unknown>,
): ReadonlySet<string> {
  const isGiven = (option: Option): boolean =>
    command.getOptionValueSource(option.attributeName()) === 'cli';
  const given = command.options.filter(isGiven);
  for (const option of command.options) {
    const name = option.attributeName();
    const isFree = !given.some((other) => other === option || areInConflict(option, other));
    if (isFree && defaults.has(name)) {
      command.setOptionValueWithSource(name, defaults.get(name), 'config');
    }
  }
  return new Set(given.map((option) => option.attributeName()));
}

function areInConflict(a: Option, b: Option): boolean {
  return conflictsOf(a).includes(b.attributeName()) || conflictsOf(b).includes(a.attributeName());
}

/** What commander keeps of `conflicts`, and its types leave out. */
function conflictsOf(option: Option): readonly string[] {
  return (option as Option & {readonly conflictsWith: readonly string[]}).conflictsWith;
}
