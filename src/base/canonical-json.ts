import type {Json} from './json.ts';

/**
 * The one text of a JSON value: no white space, keys in order of their UTF-16 code units, numbers and strings as
 * `JSON.stringify` writes them. Equal values give equal texts, and `JSON.parse` gives the value back.
 *
 * Throws a `TypeError` that names the place of anything JSON cannot hold without change: NaN, infinities, −0,
 * `undefined`, and objects that are not plain.
 */
export function canonicalJson(value: Json): string {
  return write(value, '');
}

function write(value: unknown, pointer: string): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') {
    return JSON.stringify(value);
  }
  if (typeof value === 'number') return writeNumber(value, pointer);
  if (Array.isArray(value)) {
    // Not `map`, which would skip the holes of a sparse array.
    const items = Array.from(value, (item, index) => write(item, `${pointer}/${index}`));
    return `[${items.join(',')}]`;
  }
  if (typeof value === 'object' && isPlain(value)) return writeObject(value, pointer);
  throw refusal(typeof value === 'object' ? 'an object that is not plain' : typeof value, pointer);
}

function writeNumber(value: number, pointer: string): string {
  if (!Number.isFinite(value)) throw refusal(String(value), pointer);
  if (Object.is(value, -0)) throw refusal('-0', pointer);
  return String(value);
}

function writeObject(value: object, pointer: string): string {
  const fields = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, field]) => `${JSON.stringify(key)}:${write(field, `${pointer}/${key}`)}`);
  return `{${fields.join(',')}}`;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function refusal(what: string, pointer: string): TypeError {
  return new TypeError(`Canonical JSON cannot hold ${what} (at ${pointer || 'the root'}).`);
}
