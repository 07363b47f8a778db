/** An object's own value at a key. Use it for every key that a user may choose, `constructor` included. */
export function ownProperty<T>(object: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
