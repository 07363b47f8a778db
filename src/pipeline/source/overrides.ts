import {closestTo} from '../../base/edit-distance.ts';
import type {DiagnosticLog} from '../../diagnostics/diagnostic.ts';
import {showNames} from '../../diagnostics/show-value.ts';
import {commandLine, type SourceFile} from '../../diagnostics/span.ts';
import type {Located, LocatedMap} from '../../document/located.ts';
import {parseDocument} from '../../document/parse-document.ts';
import type {MapSource} from './pipeline-source.ts';

/**
 * The parameters of a pipeline after `--set name=value`; of two values for one name the later wins. Values are YAML.
 * @param set the values of the `--set` options
 */
export function overrideParams(
  params: MapSource,
  set: readonly string[],
  log: DiagnosticLog,
): MapSource {
  return set.reduce((before, argument) => overrideParam(before, argument, log), params);
}

const option = '--set ';

function overrideParam(params: MapSource, argument: string, log: DiagnosticLog): MapSource {
  const file: SourceFile = {name: commandLine, text: `${option}${argument}`};
  const equals = file.text.indexOf('=');
  const path = file.text.slice(option.length, equals);
  if (equals < 0 || path === '') {
    const span = {file, start: option.length, end: file.text.length};
    log.error('bad-override', span, 'A parameter is set by `--set name=value`.');
    return params;
  }
  if (params.kind === 'unknown') return params;
  const value = parseValue(file, equals + 1, log);
  return replaceAt(params, path.split('.'), {file, at: option.length, value, way: 'params'}, log);
}

function parseValue(file: SourceFile, from: number, log: DiagnosticLog): Located {
  const span = {file, start: from, end: file.text.length};
  if (file.text.slice(from).trim() === '') return {kind: 'scalar', value: '', span};
  return parseDocument(file, log, from) ?? {kind: 'unknown', span};
}

interface Replacement {
  readonly file: SourceFile;
  /** The offset of the path's first step in the file's text. */
  readonly at: number;
  readonly value: Located;
  /** The names before this step. */
  readonly way: string;
}

function replaceAt(
  map: LocatedMap,
  [step, ...rest]: readonly string[],
  replacement: Replacement,
  log: DiagnosticLog,
): LocatedMap {
  const {file, at, value, way} = replacement;
  const name = step!;
  const entry = map.entries.get(name);
  const inner = entry?.value.kind === 'map' ? entry.value : undefined;
  if (entry === undefined || (rest.length > 0 && inner === undefined)) {
    const parent = entry === undefined ? way : `${way}.${name}`;
    const missing = `${parent}.${entry === undefined ? name : rest[0]!}`;
    const names = entry === undefined ? [...map.entries.keys()] : [];
    const end = at + [name, ...rest].join('.').length;
    const message = `There is no parameter \`${missing}\`; \`${parent}\` has ${showNames(names)}.`;
    const near = closestTo(name, names);
    const suggestion = near && `\`${[...way.split('.').slice(1), near, ...rest].join('.')}\``;
    log.error('unknown-param', {file, start: at, end}, message, {suggestion});
    return map;
  }
  const next = {file, at: at + name.length + 1, value, way: `${way}.${name}`};
  const replaced = rest.length === 0 ? value : replaceAt(inner!, rest, next, log);
  return {...map, entries: new Map(map.entries).set(name, {...entry, value: replaced})};
}
