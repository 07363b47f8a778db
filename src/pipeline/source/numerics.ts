import {numericsNames, type Numerics} from '../../base/engines.ts';
import {closestTo} from '../../base/edit-distance.ts';
import type {DiagnosticLog} from '../../diagnostics/diagnostic.ts';
import {quoted, showNames, showValue} from '../../diagnostics/show-value.ts';
import type {PipelineSource} from './pipeline-source.ts';
import {compileTemplate, type Scope} from '../template/template.ts';

/**
 * The numerics of a pipeline: those of the pipeline that uses it, if there is one. A used pipeline must not ask for
 * more, since it would not get it.
 */
export function numericsOf(
  {numerics: written}: PipelineSource,
  {
    scope,
    log,
    outer,
  }: {
    readonly scope: Omit<Scope, 'axes'>;
    readonly log: DiagnosticLog;
    readonly outer: Numerics | undefined;
  },
): Numerics {
  const inherited = outer ?? 'any';
  if (written === undefined) return inherited;
  const template = compileTemplate(written, {...scope, axes: []}, log);
  if (template.unknown.size > 0) return inherited;
  const value = template.at({});
  const own = numericsNames.find((name) => name === value);
  if (own === undefined) {
    const message = `\`numerics\` is one of ${showNames(numericsNames)}; got ${showValue(value)}.`;
    const near = typeof value === 'string' ? closestTo(value, numericsNames) : undefined;
    log.error('bad-value', written.span, message, {suggestion: quoted(near)});
    return inherited;
  }
  if (outer !== undefined && numericsNames.indexOf(own) > numericsNames.indexOf(outer)) {
    const message = `The pipeline that uses this one asks for \`numerics: ${outer}\`, which holds for both; this one cannot ask for more. Say \`numerics: ${own}\` there.`;
    log.error('unmet-numerics', written.span, message);
  }
  return outer ?? own;
}
