import {closestTo} from '../../base/edit-distance.ts';
import type {DiagnosticLog} from '../../diagnostics/diagnostic.ts';
import {isText, spansWithin, type Located, type LocatedText} from '../../document/located.ts';
import type {PipelineSource, StageSource} from './pipeline-source.ts';

const known = ['params', 'matrix', 'inputs', 'outputs'];

/**
 * Reports `${param.x}` and `${{ params.x }}`, which nothing would replace. Arguments of a program may mean it so: there it
 * is a warning.
 */
export function reportMisspelt(
  {stages, params, outputs}: PipelineSource,
  log: DiagnosticLog,
): void {
  search(params, 'error', log);
  for (const stage of stages.values()) searchStage(stage, log);
  for (const output of outputs?.values() ?? []) if (output) search(output, 'error', log);
}

function searchStage(
  {with: given, inputs, matrix, resources, policy, run}: StageSource,
  log: DiagnosticLog,
): void {
  for (const part of [given, inputs, matrix, resources, policy]) search(part, 'error', log);
  if (run === undefined) return;
  search(run.arguments, 'warning', log);
  search(run.env, 'warning', log);
  if (run.environment !== undefined) search(run.environment, 'warning', log);
  if (run.folder !== undefined) search(run.folder, 'error', log);
}

function search(located: Located, severity: 'error' | 'warning', log: DiagnosticLog): void {
  if (isText(located)) {
    if (located.value.includes('${')) searchText(located, severity, log);
  } else if (located.kind === 'list') {
    for (const item of located.items) search(item, severity, log);
  } else if (located.kind === 'map') {
    for (const {value} of located.entries.values()) search(value, severity, log);
  }
}

function searchText(text: LocatedText, severity: 'error' | 'warning', log: DiagnosticLog): void {
  for (const match of text.value.matchAll(/\$\{(\{)?\s*([A-Za-z]+)\.([^{}\s]+)\s*\}\}?/g)) {
    const [whole, braces, word, rest] = match;
    if (braces === undefined && known.includes(word!)) continue;
    const meant = /^param(eter)?s?$/i.test(word!) ? 'params' : closestTo(word!, known);
    if (meant === undefined || (braces === undefined && meant === word)) continue;
    const span = spansWithin(text)(match.index, match.index + whole.length);
    const suggestion = `\${${meant}.${rest!}}`;
    const message =
      braces === undefined
        ? `There is no \`${word!}\`: it is \`params\`, \`matrix\`, \`inputs\` or \`outputs\` that \${…} refers to.`
        : 'One pair of braces refers to a name; with two it stays text.';
    if (severity === 'error') log.error('unknown-name', span, message, {suggestion});
    else
      log.warning('unknown-name', span, `${message} The program gets it as it stands.`, {
        suggestion,
      });
  }
}
