import {canonicalJson} from '../base/canonical-json.ts';
import type {Json, JsonObject} from '../base/json.ts';
import {ownProperty} from '../base/own-property.ts';

/** Values of one name in several runs; `undefined` where a run has none. */
export type Values = readonly (Json | undefined)[];

/**
 * The values that differ, by name: of mappings, and of lists of one length, the entries.
 * @param name the name of the whole, or what names begin with: empty, or with a dot at its end
 */
export function differingValues(name: string, values: Values): ReadonlyMap<string, Values> {
  if (new Set(values.map(textOf)).size < 2) return new Map();
  const there = values.filter((value) => value !== undefined);
  if (there.every(isObject)) {
    const objects = values as readonly (JsonObject | undefined)[];
    const keys = new Set(there.flatMap((object) => Object.keys(object)));
    // Some are empty, and some are not there.
    if (keys.size === 0) return new Map([[name, values]]);
    return joined(
      [...keys].map((key) => [
        /(^|\.)$/.test(name) ? name + key : `${name}.${key}`,
        objects.map((object) => object && ownProperty(object, key)),
      ]),
    );
  }
  const lists = values as readonly (readonly Json[] | undefined)[];
  if (there.every(Array.isArray) && new Set(there.map((list) => list.length)).size === 1) {
    const indices = [...(there[0] as readonly Json[]).keys()];
    if (indices.length === 0) return new Map([[name, values]]);
    return joined(
      indices.map((index) => [`${name}[${index}]`, lists.map((list) => list?.[index])]),
    );
  }
  return new Map([[name, values]]);
}

/** The fields of objects that differ, as they are. */
export function differingFields(objects: readonly JsonObject[]): ReadonlyMap<string, Values> {
  const names = new Set(objects.flatMap((object) => Object.keys(object)));
  const fields = Array.from(
    names,
    (name) => [name, objects.map((object) => ownProperty(object, name))] as const,
  );
  return new Map(fields.filter(([, values]) => new Set(values.map(textOf)).size > 1));
}

function joined(
  fields: readonly (readonly [name: string, values: Values])[],
): ReadonlyMap<string, Values> {
  return new Map(fields.flatMap(([name, values]) => [...differingValues(name, values)]));
}

/** A text that equal values share. */
export function textOf(value: Json | undefined): string {
  return value === undefined ? '' : canonicalJson(value);
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
