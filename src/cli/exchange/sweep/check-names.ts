import {closestTo} from '../../../base/edit-distance.ts';
import type {DiagnosticLog} from '../../../diagnostics/diagnostic.ts';
import {quoted, showNames} from '../../../diagnostics/show-value.ts';
import {argumentSpan} from '../../../diagnostics/span.ts';
import {isText, type Located} from '../../../document/located.ts';
import type {Override} from '../../../pipeline/source/overrides.ts';
import {mentionsNames} from '../../../pipeline/template/template.ts';
import type {Varied} from './parse-over.ts';

/** The parameters that a sweep varies, and those that it sets. */
export interface Asked {
  readonly varied: readonly Varied[];
  /** By files of parameters, without those that it varies. */
  readonly filed: readonly Fixed[];
  /** By `--set`, which wins over files. */
  readonly given: readonly Fixed[];
}

/** A value for all points. */
export interface Fixed extends Override {
  /** The option that gives it. */
  readonly argument: string;
}

/** Reports what the options of a sweep say against each other. */
export function checkNames(
  {varied, filed, given}: Asked,
  {
    sample,
    seed,
    mean = [],
  }: {
    readonly sample?: number;
    readonly seed?: number;
    readonly mean?: readonly string[];
  },
  log: DiagnosticLog,
): void {
  const names = varied.map(({name}) => name);
  for (const [index, {name, nameSpan, values}] of varied.entries()) {
    if (names.indexOf(name) < index) {
      log.error('conflicting-keys', nameSpan, `\`${name}\` is varied twice.`);
    }
    if (values.kind === 'list' || sample !== undefined) continue;
    const message = `Of a range, points are drawn: \`--sample 20\` says how many. A grid has the values themselves: ${values.low},${values.high}.`;
    log.error('bad-value', values.span, message);
  }
  for (const {name, nameSpan} of given) {
    if (!names.includes(name)) continue;
    log.error('conflicting-keys', nameSpan, `\`${name}\` is varied by \`--over\`.`);
  }
  for (const {value} of [...filed, ...given]) reportNames(value, log);
  for (const name of mean) {
    if (names.includes(name)) continue;
    const message = `\`--over\` does not vary \`${name}\`, so that there is no mean over it; it varies ${showNames(names)}.`;
    const suggestion = quoted(closestTo(name, names));
    const span = {...argumentSpan(`--mean ${name}`), start: '--mean '.length};
    log.error('unknown-param', span, message, {suggestion});
  }
  if (seed !== undefined && sample === undefined) {
    const span = argumentSpan(`--seed ${seed}`);
    log.error('conflicting-keys', span, 'Nothing is drawn without `--sample`.');
  }
}

/** Reports texts that would refer to names of the pipeline that is written. */
function reportNames(value: Located, log: DiagnosticLog): void {
  if (value.kind === 'list') for (const item of value.items) reportNames(item, log);
  if (value.kind === 'map')
    for (const entry of value.entries.values()) reportNames(entry.value, log);
  if (!isText(value) || !mentionsNames(value.value)) return;
  const message = `A sweep gives values themselves: \`${value.value}\` refers to others.`;
  log.error('bad-value', value.span, message);
}
