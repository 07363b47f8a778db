import type {LocatedEntry, LocatedMap} from './located.ts';

/**
 * A mapping over another: mappings are merged key by key, to any depth, and `null` removes an entry of the base. Any other
 * value replaces that of the base. Every value keeps the place where it was written, and a mapping inside the base's, as
 * the place where it was declared.
 */
export function mergeOver(base: LocatedMap, own: LocatedMap): LocatedMap {
  const entries = new Map(base.entries);
  for (const [key, entry] of own.entries) {
    const below = base.entries.get(key);
    const merged = below === undefined ? entry : mergeEntry(below, entry);
    if (merged === undefined) entries.delete(key);
    else entries.set(key, merged);
  }
  const isPartial = base.isPartial === true || own.isPartial === true;
  return {kind: 'map', entries, span: own.span, ...(isPartial && {isPartial})};
}

/** An entry that both mappings have. `undefined`: it is removed. */
function mergeEntry(below: LocatedEntry, own: LocatedEntry): LocatedEntry | undefined {
  const {value} = own;
  if (value.kind === 'scalar' && value.value === null) return undefined;
  if (below.value.kind !== 'map' || value.kind !== 'map') return own;
  const {span} = below.value;
  return {keySpan: below.keySpan, value: {...mergeOver(below.value, value), span}};
}
