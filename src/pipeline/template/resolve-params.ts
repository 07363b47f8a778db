import type {DiagnosticLog} from '../../diagnostics/diagnostic.ts';
import type {Span} from '../../diagnostics/span.ts';
import {
  isText,
  locatedAt,
  type Located,
  type LocatedEntry,
  type LocatedMap,
} from '../../document/located.ts';
import {orderStages} from '../graph/order-stages.ts';
import type {MapSource} from '../source/pipeline-source.ts';
import {compileTemplate, mentionsNames} from './template.ts';

/**
 * The parameters with what they say of each other put in: `rate: '${params.base}'`. Those that stand for each other in a
 * circle are reported, and unknown.
 * @param used the parameters that something refers to: those that others refer to are added
 */
export function resolveParams(params: MapSource, used: Set<string>, log: DiagnosticLog): MapSource {
  if (params.kind === 'unknown' || !mentionsAny(params)) return params;
  const needs = new Map(
    Array.from(params.entries, ([name, {value}]) => [name, neededBy(value, params.entries)]),
  );
  const order = orderStages(needs, log, 'parameters');
  const resolved = new Map<string, LocatedEntry>(
    Array.from(params.entries, ([name, entry]) => [
      name,
      {...entry, value: {kind: 'unknown', span: entry.value.span}},
    ]),
  );
  for (const name of order) {
    const entry = params.entries.get(name)!;
    const scope = {params: {...params, entries: resolved}, axes: [], used};
    resolved.set(name, {...entry, value: filled(entry.value, scope, log)});
  }
  return {...params, entries: resolved};
}

function mentionsAny(located: Located): boolean {
  if (isText(located)) return mentionsNames(located.value);
  if (located.kind === 'list') return located.items.some(mentionsAny);
  if (located.kind !== 'map') return false;
  return Array.from(located.entries.values()).some(({value}) => mentionsAny(value));
}

/** The parameters that a value refers to, and where. What there is not is reported where it is put in. */
function neededBy(value: Located, params: LocatedMap['entries']): ReadonlyMap<string, Span> {
  return new Map(Array.from(mentionedParams(value)).filter(([name]) => params.has(name)));
}

/** The names of parameters in a value, each with a place where it stands. */
export function mentionedParams(
  value: Located,
  found: Map<string, Span> = new Map(),
): ReadonlyMap<string, Span> {
  if (isText(value)) {
    for (const [, name] of value.value.matchAll(/[{[]params\.([^{}[\].]*)/g)) {
      if (!found.has(name!)) found.set(name!, value.span);
    }
  } else if (value.kind === 'list') {
    for (const item of value.items) mentionedParams(item, found);
  } else if (value.kind === 'map') {
    for (const entry of value.entries.values()) mentionedParams(entry.value, found);
  }
  return found;
}

type ParamScope = Parameters<typeof compileTemplate>[1];

/** What is text with names becomes what they stand for, at the place where it is written. */
function filled(value: Located, scope: ParamScope, log: DiagnosticLog): Located {
  if (isText(value)) {
    if (!mentionsNames(value.value)) return value;
    const template = compileTemplate(value, scope, log);
    const json = template.at({});
    return template.unknown.size > 0
      ? {kind: 'unknown', span: value.span}
      : locatedAt(json, value.span);
  }
  if (value.kind === 'list') {
    return {...value, items: value.items.map((item) => filled(item, scope, log))};
  }
  if (value.kind !== 'map') return value;
  const entries = Array.from(
    value.entries,
    ([key, entry]) => [key, {...entry, value: filled(entry.value, scope, log)}] as const,
  );
  return {...value, entries: new Map(entries)};
}
