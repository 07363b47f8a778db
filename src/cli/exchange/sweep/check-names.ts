import {closestTo} from '../../../base/edit-distance.ts';
import type {DiagnosticLog} from '../../../diagnostics/diagnostic.ts';
import {quoted, showNames} from '../../../diagnostics/show-value.ts';
import {argumentSpan} from '../../../diagnostics/span.ts';
import type {Override} from '../../../pipeline/source/overrides.ts';
import type {Varied} from './parse-over.ts';

/** The parameters that a sweep varies, and those that it sets. */
export interface Asked {
  readonly varied: readonly Varied[];
  readonly fixed: readonly (Override & {readonly argument: string})[];
}

/** Reports what the options of a sweep say against each other. */
export function checkNames(
  {varied, fixed}: Asked,
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
  for (const {name, nameSpan} of fixed) {
    if (!names.includes(name)) continue;
    log.error('conflicting-keys', nameSpan, `\`${name}\` is varied by \`--over\`.`);
  }
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
