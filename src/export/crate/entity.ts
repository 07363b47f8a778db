import type {Digest} from '../../base/digest.ts';

/** A reference to an entity. */
export interface Reference {
  readonly '@id': string;
}

export type EntityValue =
  string | number | boolean | Reference | readonly (string | Reference)[] | undefined;

/** A node of the JSON-LD graph of a crate. Properties without a value are left out of the file. */
export interface Entity extends Reference {
  readonly '@type': string | readonly string[];
  readonly [property: string]: EntityValue;
}

/** The entities of a crate by `@id`, in the order in which they were added. The first of an `@id` counts. */
export class Entities {
  readonly #byId = new Map<string, Entity>();

  add(entity: Entity): Reference {
    const id = entity['@id'];
    if (!this.#byId.has(id)) this.#byId.set(id, entity);
    return {'@id': id};
  }

  get all(): readonly Entity[] {
    return [...this.#byId.values()];
  }
}

/**
 * A path relative to the crate as an `@id`: a URI path, in which letters of all scripts stay as they are and everything
 * else that a URI must not contain is percent-encoded.
 */
export function pathId(path: string): string {
  return path.replaceAll(/\p{Cs}/gu, '\ufffd').replaceAll(unsafe, encodeURIComponent);
}

/** The `@id` of something that exists only in the crate: a fragment, of parts that are encoded as in `pathId`. */
export function localId(...parts: readonly string[]): string {
  return `#${parts.map((part) => pathId(part).replaceAll('/', '%2F')).join('/')}`;
}

/** Controls, marks of direction, white space, and the characters that delimit parts of a URI or may not be in one. */
const unsafe = /[\p{C}\p{Z}"<>\\^`{|}%#?[\]:]/gu;

/** The `@id` of a file that is named by its bytes only: a URI of RFC 6920. */
export function digestId(digest: Digest): string {
  return `ni:///sha-256;${Buffer.from(digest, 'hex').toString('base64url')}`;
}
