import {InvalidArgumentError, type Command, type Option} from 'commander';
import type {DiagnosticLog} from '../../diagnostics/diagnostic.ts';
import type {Located, LocatedMap} from '../../document/located.ts';
import {checkKeys} from '../../pipeline/source/check-keys.ts';
import {expected} from '../../pipeline/source/field-reader.ts';
import {defaultsSchema} from './project-schema.ts';

/**
 * Parses `defaults`: each value as the option of its name reads it on the command line.
 * @param options those of `run`, which has all of them
 */
export function parseDefaults(
  defaults: LocatedMap | undefined,
  options: readonly Option[],
  log: DiagnosticLog,
): ReadonlyMap<string, unknown> {
  if (defaults === undefined) return new Map();
  const known = Object.keys(defaultsSchema.properties);
  const {entries} = checkKeys({map: defaults, known, what: '`defaults`', log});
  const byName = new Map(options.map((option) => [option.attributeName(), option]));
  return new Map(
    Array.from(entries).flatMap(([name, {value}]) => {
      const parsed = parseValue(byName.get(name)!, value, log);
      return parsed === undefined ? [] : [[name, parsed] as const];
    }),
  );
}

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

/** The value of an option. `undefined`: it is that of an option that is not given, or a mistake, which was reported. */
function parseValue(option: Option, written: Located, log: DiagnosticLog): unknown {
  const name = `\`${option.attributeName()}\``;
  const value = written.kind === 'scalar' ? written.value : undefined;
  if (!option.required) {
    if (typeof value === 'boolean') return value || undefined;
    expected(name, 'true or false', written, log);
    return undefined;
  }
  if (typeof value !== 'string' && typeof value !== 'number') {
    expected(name, 'text or a number', written, log);
    return undefined;
  }
  try {
    return option.parseArg!(String(value), undefined);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    log.error('bad-value', written.span, `${name}: ${error.message}`);
    return undefined;
  }
}

function areInConflict(a: Option, b: Option): boolean {
  return conflictsOf(a).includes(b.attributeName()) || conflictsOf(b).includes(a.attributeName());
}

/** What commander keeps of `conflicts`, and its types leave out. */
function conflictsOf(option: Option): readonly string[] {
  return (option as Option & {readonly conflictsWith: readonly string[]}).conflictsWith;
}
