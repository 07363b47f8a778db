import type {Json} from './json.ts';

/**
 * The canonical text of a JSON value: no white space, keys in order of their UTF-16 code units, numbers and strings as
 * `JSON.stringify` writes them. Equal values give equal texts, and `JSON.parse` restores the value.
 *
 * Throws a `TypeError` that names the place of anything that JSON cannot represent exactly: NaN, infinities, −0,
 * `undefined`, and objects that are not plain.
 */
export function canonicalJson(value: Json): string {
  return write(value) ?? refuse(value, '');
}

/** `undefined`: it contains something that JSON cannot represent. */
function write(value: unknown): string | undefined {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') return isExact(value) ? String(value) : undefined;
  if (typeof value === 'boolean' || value === null) return String(value);
  if (typeof value !== 'object') return undefined;
  if (Array.isArray(value)) return writeArray(value);
  return isPlain(value) ? writeObject(value as Readonly<Record<string, unknown>>) : undefined;
}

function writeArray(items: readonly unknown[]): string | undefined {
  let text = '[';
  for (let index = 0; index < items.length; index++) {
    const item = write(items[index]);
    if (item === undefined) return undefined;
    text += index === 0 ? item : `,${item}`;
  }
  return `${text}]`;
}

function writeObject(fields: Readonly<Record<string, unknown>>): string | undefined {
  let text = '{';
  for (const {name, start} of inOrder(Object.keys(fields))) {
    const field = write(fields[name]);
    if (field === undefined) return undefined;
    text += `${text.length === 1 ? '' : ','}${start}${field}`;
  }
  return `${text}}`;
}

/** A field's name, and its text up to the value. */
interface Field {
  readonly name: string;
  readonly start: string;
}

/** The names that were put in order last, by the first of them. */
const ordered = new Map<string | undefined, Ordered>();

interface Ordered {
  readonly names: readonly string[];
  readonly fields: readonly Field[];
}

/** More kinds of objects than this are not remembered. */
const maxOrdered = 1000;

/** The names in order. Thousands of objects have the same names, and sorting takes longer than all the rest. */
function inOrder(names: readonly string[]): readonly Field[] {
  const known = ordered.get(names[0]);
  if (known !== undefined && areSame(known.names, names)) return known.fields;
  const sorted = [...names].sort();
  const fields = sorted.map((name) => ({name, start: `${JSON.stringify(name)}:`}));
  if (known !== undefined || ordered.size < maxOrdered) ordered.set(names[0], {names, fields});
  return fields;
}

function areSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((name, index) => name === others[index]);
}

function isExact(value: number): boolean {
  return Number.isFinite(value) && !Object.is(value, -0);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Throws for the first value that could not be written. */
function refuse(value: unknown, pointer: string): never {
  if (Array.isArray(value) || (typeof value === 'object' && value !== null && isPlain(value))) {
    const fields = Array.isArray(value)
      ? Array.from(value, (item, index) => [String(index), item as unknown] as const)
      : Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    const [key, field] = fields.find(([, field]) => write(field) === undefined)!;
    refuse(field, `${pointer}/${key}`);
  }
  throw new TypeError(`Canonical JSON cannot hold ${nameOf(value)} (at ${pointer || 'the root'}).`);
}

function nameOf(value: unknown): string {
  if (typeof value === 'object') return 'an object that is not plain';
  if (typeof value !== 'number') return typeof value;
  return Object.is(value, -0) ? '-0' : String(value);
}
