/** What an object itself has under a key. Whatever a user may name, `constructor` too, is looked up by this. */
export function ownProperty<T>(object: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
