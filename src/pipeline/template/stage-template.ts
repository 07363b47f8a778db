import type {Json} from '../../base/json.ts';
import type {Note} from '../../diagnostics/diagnostic.ts';
import {commandLine, type Span} from '../../diagnostics/span.ts';
import {isText, locate, type Located, type LocatedText} from '../../document/located.ts';
import {instanceId} from '../graph/instance-id.ts';
import type {Matrix, Point} from './point.ts';
import type {Surroundings} from '../surroundings.ts';
import {compileTemplate, type Scope, type Template} from './template.ts';

/** A stage's data as a template: names are checked even if the points are unknown. */
export function stageTemplate(data: Located, matrix: Matrix, around: Surroundings): Template {
  const template = compileTemplate(data, {...around.scope, axes: matrix.axes}, around.log);
  if (!template.varies || matrix.points !== undefined) return template;
  return compileTemplate(data, {...around.scope, axes: undefined}, around.log);
}

/**
 * Checks the data at every point, or once for all points if it does not depend on them. `undefined` if any has
 * mistakes.
 */
export function eachPoint<T>(
  template: Template,
  {points}: Matrix,
  check: (value: Json, point: Point | undefined) => T | undefined,
): readonly T[] | undefined {
  if (!template.varies) {
    const shared = check(template.at({}), undefined);
    if (shared === undefined || template.unknown.size > 0) return undefined;
    return points && Array<T>(points.length).fill(shared);
  }
  const checked = points?.map((point) => check(template.at(point), point));
  if (checked === undefined || checked.includes(undefined)) return undefined;
  return template.unknown.size > 0 ? undefined : (checked as readonly T[]);
}

/**
 * The place whose file a path is relative to: where a parameter that is the whole of a text is given in a file, and
 * otherwise the text itself.
 */
export function writtenAt({value, span}: LocatedText, params: Located): Span {
  const [, path] = /^\$\{params\.([^{}[\]]+)\}$/.exec(value) ?? [];
  if (path === undefined) return span;
  const given = locate(params, path.split('.'));
  return given.whole && given.value.span.file.name !== commandLine ? given.value.span : span;
}

function givenNote(path: string, span: Span): Note {
  const {file} = span;
  return file.name === commandLine
    ? {message: `\`params.${path}\` is set on the command line: ${file.text}`}
    : {message: `\`params.${path}\` is given`, span};
}

/** The origin of a value that was not written where it is used. */
export function originOf(
  value: Located,
  stage: string,
  point: Point | undefined,
  {params}: Pick<Scope, 'params'>,
): readonly Note[] {
  if (!isText(value)) return [];
  const notes: Note[] = [];
  for (const [, path] of value.value.matchAll(/\$\{params\.([^{}[]*)/g)) {
    const {value: given} = locate(params, path!.split('.'));
    notes.push(givenNote(path!, given.span));
  }
  if (point !== undefined && /[{[]matrix\./.test(value.value)) {
    notes.push({message: `this is so in ${instanceId(stage, point)}`});
  }
  return notes;
}
