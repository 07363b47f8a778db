import {InvalidArgumentError, type Option} from 'commander';
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
  defaults: LocatedMap,
  options: readonly Option[],
  log: DiagnosticLog,
): ReadonlyMap<string, unknown> {
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
