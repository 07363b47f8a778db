import type {Json, JsonObject} from '../base/json.ts';
import {DeviationGatherer} from './deviation.ts';

/** A difference in the metadata of two files. Absent: that file lacks the field. */
export interface MetadataDifference {
  /** For JSON, the path to the difference: `settings.epochs`, `experts[0].history`. */
  readonly name: string;
  readonly a?: string;
  readonly b?: string;
  /** The largest |a − b|, if both are numbers or lists of equally many numbers. */
  readonly maxAbs?: number;
}

/** The differences between two files' metadata, by name, and inside JSON by field. */
export function metadataDifferences(
  a: ReadonlyMap<string, string>,
  b: ReadonlyMap<string, string>,
): readonly MetadataDifference[] {
  const names = [...new Set([...a.keys(), ...b.keys()])].sort();
  return names.flatMap((name) => {
    const [was, now] = [a.get(name), b.get(name)];
    if (was === now) return [];
    const [wasJson, nowJson] = [parsed(was), parsed(now)];
    const fields =
      wasJson === undefined || nowJson === undefined ? [] : differences(name, wasJson, nowJson);
    // Different texts may have equal values: `1` and `1.0`.
    return fields.length > 0 ? fields : [difference(name, was, now)];
  });
}

function difference(
  name: string,
  a: string | undefined,
  b: string | undefined,
): MetadataDifference {
  return {name, ...(a !== undefined && {a}), ...(b !== undefined && {b})};
}

function parsed(text: string | undefined): Json | undefined {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as Json);
  } catch {
    return undefined;
  }
}

function differences(
  name: string,
  a: Json | undefined,
  b: Json | undefined,
): readonly MetadataDifference[] {
  const [as, bs] = [numbersOf(a), numbersOf(b)];
  if (as !== undefined && as.length === bs?.length) {
    const gatherer = new DeviationGatherer();
    if (!gatherer.add(as, bs)) return [];
    return [{...difference(name, text(a), text(b)), maxAbs: gatherer.deviation.maxAbs}];
  }
  if (isList(a) && isList(b) && a.length === b.length) {
    return a.flatMap((part, index) => differences(`${name}[${index}]`, part, b[index]));
  }
  if (isObject(a) && isObject(b)) {
    const fields = [...new Set([...Object.keys(a), ...Object.keys(b)])];
    return fields.flatMap((field) => differences(`${name}.${field}`, a[field], b[field]));
  }
  return text(a) === text(b) ? [] : [difference(name, text(a), text(b))];
}

/** A number or a list of numbers. */
function numbersOf(value: Json | undefined): readonly number[] | undefined {
  if (typeof value === 'number') return [value];
  if (!isList(value) || value.length === 0) return undefined;
  return value.every((part) => typeof part === 'number') ? value : undefined;
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' || value === undefined ? value : JSON.stringify(value);
}
