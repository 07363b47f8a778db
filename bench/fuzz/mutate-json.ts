import type {Random} from '../../src/learning/random.ts';

/** Texts of JSON values that no correct program writes. */
const hostileValues: readonly string[] = [
  ...String.raw`
    null true 0 -1 1.5 1e308 -1e308 1e999 9007199254740993 4294967296 [] {} [null] [[]] [{}]
    "" "NaN" "0" "__proto__" "constructor" "a\u0000b" "\u001b]0;x\u0007" "x" {"__proto__":{"x":1}} {"length":1e9} {"0":1}
    "2026-13-45" "+275761-01-01T00:00:00.000Z" "-000001-01-01T00:00:00.000Z"
  `
    .trim()
    .split(/\s+/),
  `"${'x'.repeat(100_000)}"`,
  `${'['.repeat(3000)}${']'.repeat(3000)}`,
  `"${'f'.repeat(64)}"`,
];

type Container = Record<string, unknown> | unknown[];

const placeholder = '@@raw@@';

/**
 * The text of a JSON value with one change: another value, or a field removed, renamed, doubled or added.
 * @param more texts of values to draw from besides the hostile ones
 */
export function mutateJson(random: Random, text: string, more: readonly string[] = []): string {
  const root = {value: JSON.parse(text) as unknown};
  const places = placesIn(root);
  const [holder, key] = places[random.integer(places.length)]!;
  const values = [...hostileValues, ...more];
  const raw = values[random.integer(values.length)]!;
  const fields = holder as Record<string, unknown>;
  switch (random.integer(6)) {
    case 0:
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else if (holder !== (root as Container)) delete fields[key];
      break;
    case 1:
      if (Array.isArray(holder)) holder.push(holder[Number(key)]);
      else fields[`${key}_`] = fields[key];
      break;
    case 2:
      if (!Array.isArray(holder) && holder !== (root as Container)) fields[`new`] = placeholder;
      else fields[key] = placeholder;
      break;
    default:
      fields[key] = placeholder;
  }
  return (JSON.stringify(root.value) ?? '').replaceAll(`"${placeholder}"`, () => raw);
}

/** Every value inside a value, with the container that holds it. */
function placesIn(root: Container): readonly (readonly [Container, string])[] {
  const places: [Container, string][] = [];
  const pending: Container[] = [root];
  for (let holder = pending.pop(); holder !== undefined; holder = pending.pop()) {
    for (const [key, value] of Object.entries(holder)) {
      places.push([holder, key]);
      if (typeof value === 'object' && value !== null) pending.push(value as Container);
    }
  }
  return places;
}
