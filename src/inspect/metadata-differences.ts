/** A text about a file that two files do not share. Absent: that side has none of this name. */
export interface MetadataDifference {
  readonly name: string;
  readonly a?: string;
  readonly b?: string;
}

/** In what two files' metadata differ, by name. */
export function metadataDifferences(
  a: ReadonlyMap<string, string>,
  b: ReadonlyMap<string, string>,
): readonly MetadataDifference[] {
  const names = [...new Set([...a.keys(), ...b.keys()])].sort();
  return names.flatMap((name) => {
    const [was, now] = [a.get(name), b.get(name)];
    if (was === now) return [];
    return [{name, ...(was === undefined ? {} : {a: was}), ...(now === undefined ? {} : {b: now})}];
  });
}
