import type {Digest} from '../../base/digest.ts';
import type {Media} from '../../contract/media.ts';
import type {InstanceResult} from './crate-source.ts';
import {digestId, pathId, type Entities, type Entity, type Reference} from './entity.ts';
import {isUserFile} from './tools.ts';

/** The type of a file, by its extension. */
const encodings: Readonly<Record<string, string>> = {
  arrow: 'application/vnd.apache.arrow.file',
  csv: 'text/csv',
  json: 'application/json',
  jsonl: 'application/jsonl',
  md: 'text/markdown',
  png: 'image/png',
  svg: 'image/svg+xml',
  tex: 'text/x-tex',
  txt: 'text/plain',
  yaml: 'application/yaml',
};

export function encodingOf(extension: string | undefined): string {
  return encodings[extension ?? ''] ?? 'application/octet-stream';
}

/** Gives the entities of artifacts: files in the crate, and files that are named by their digests only. */
export class ArtifactEntities {
  readonly #entities: Entities;
  readonly #known: ReadonlyMap<Digest, Entity>;
  readonly #parts = new Map<Digest, Reference>();

  constructor(entities: Entities, known: ReadonlyMap<Digest, Entity>) {
    this.#entities = entities;
    this.#known = known;
  }

  /** All that were referred to: the root of a crate must have them as parts. */
  get parts(): readonly Reference[] {
    return [...this.#parts.values()];
  }

  refer(digest: Digest): Reference {
    let part = this.#parts.get(digest);
    if (part === undefined) {
      part = this.#entities.add(this.#known.get(digest) ?? unknownFile(digest));
      this.#parts.set(digest, part);
    }
    return part;
  }
}

/**
 * The files of results, by their digests.
 * @param inside the paths of those in the crate
 * @param roles what each was to the software
 */
export function artifactsOf(
  results: readonly InstanceResult[],
  given: {
    readonly inside: ReadonlyMap<Digest, string>;
    readonly roles: ReadonlyMap<Digest, readonly Reference[]>;
    readonly media: Media;
  },
): ReadonlyMap<Digest, Entity> {
  const {inside, roles, media} = given;
  const known = new Map<Digest, Entity>();
  for (const result of results) {
    const {instance, record} = result;
    for (const [output, {artifacts, media: name}] of Object.entries(record.outputs)) {
      const definition = media.get(name);
      for (const [index, {digest, sizeBytes}] of artifacts.entries()) {
        if (known.has(digest)) continue;
        const path = inside.get(digest);
        known.set(digest, {
          '@id': path === undefined ? digestId(digest) : pathId(path),
          '@type': 'File',
          name: isUserFile(result)
            ? instance
            : `${instance}.${output}${artifacts.length > 1 ? `[${index}]` : ''}`,
          description: definition?.summary ?? name,
          encodingFormat: encodingOf(definition?.extension),
          contentSize: String(sizeBytes),
          sha256: digest,
          exampleOfWork: roles.get(digest) ?? [],
        });
      }
    }
  }
  return known;
}

/** A file of which no record of the run tells. */
function unknownFile(digest: Digest): Entity {
  return {'@id': digestId(digest), '@type': 'File', name: digest, sha256: digest};
}
