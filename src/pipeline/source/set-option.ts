import type {DiagnosticLog} from '../../diagnostics/diagnostic.ts';
import {commandLine, type SourceFile, type Span} from '../../diagnostics/span.ts';
import type {Located} from '../../document/located.ts';
import {parseDocument} from '../../document/parse-document.ts';
import type {Override} from './overrides.ts';

/** An argument `name=…` of an option, taken apart. */
export interface NamedArgument extends Pick<Override, 'name' | 'nameSpan'> {
  /** The option and the argument. */
  readonly file: SourceFile;
  /** The offset of what comes after the equals sign. */
  readonly valueAt: number;
}

/**
 * Takes `name=…` apart; `undefined` after reporting that it is something else.
 * @param form how the whole option is written, for that report
 */
export function splitArgument(
  [option, argument]: readonly [string, string],
  form: string,
  log: DiagnosticLog,
): NamedArgument | undefined {
  const file = {name: commandLine, text: `${option} ${argument}`};
  const start = option.length + 1;
  const equals = file.text.indexOf('=', start);
  const nameSpan = {file, start, end: equals};
  const name = file.text.slice(start, equals);
  if (equals >= 0 && name !== '') return {name, nameSpan, file, valueAt: equals + 1};
  const span: Span = {file, start, end: file.text.length};
  log.error('bad-override', span, `A parameter is set by \`${form}\`.`);
  return undefined;
}

/** What `--set name=value` overrides; the value is YAML. `undefined` after reporting a mistake. */
export function parseSet(argument: string, log: DiagnosticLog): Override | undefined {
  const split = splitArgument(['--set', argument], '--set name=value', log);
  return split && {...split, value: parseValue(split, log)};
}

function parseValue({file, valueAt}: NamedArgument, log: DiagnosticLog): Located {
  const span = {file, start: valueAt, end: file.text.length};
  if (file.text.slice(valueAt).trim() === '') return {kind: 'scalar', value: '', span};
  return parseDocument(file, log, valueAt) ?? {kind: 'unknown', span};
}
