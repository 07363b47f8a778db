import type {Digest} from '../../base/digest.ts';
import type {Inventory, StoredBlob, StoredResult} from './inventory.ts';
import type {Artifact} from '../records/record.ts';

/** Counts the references to each artifact, and the bytes that removing a result would free. */
export class ReferenceCounts {
  /** Bytes of all artifacts that exist and have not been given up. */
  bytes: number;
  /** Artifacts without any reference left. */
  readonly freed = new Set<Digest>();
  readonly #blobs: Inventory['blobs'];
  readonly #names = new Map<Digest, number>();
  readonly #needed: ReadonlySet<Digest>;
  readonly #links: ReadonlyMap<number, readonly string[]>;

  /**
   * @param needed artifacts that must stay
   * @param links names in the results of runs that may be removed, by inode
   */
  constructor(
    inventory: Inventory,
    needed: ReadonlySet<Digest>,
    links: ReadonlyMap<number, readonly string[]>,
  ) {
    this.#blobs = inventory.blobs;
    this.#needed = needed;
    this.#links = links;
    this.bytes = bytesOf([...inventory.blobs.values()]);
    for (const {artifacts} of inventory.results) {
      for (const {digest} of artifacts) this.#names.set(digest, this.#count(digest) + 1);
    }
  }

  isNamed(digest: Digest): boolean {
    return this.#count(digest) > 0;
  }

  /** Whether an artifact's bytes would stay even without any record. */
  isFixed(digest: Digest): boolean {
    const blob = this.#blobs.get(digest);
    if (blob === undefined || this.#needed.has(digest)) return true;
    // It has a name outside the results of runs: an attempt is publishing it, or somebody keeps a link.
    return blob.links > 1 + (this.#links.get(blob.inode)?.length ?? 0);
  }

  /** Whether removing a result, alone or with others, can free bytes. */
  canGain({artifacts}: StoredResult): boolean {
    return artifacts.some(({digest}) => !this.isFixed(digest));
  }

  /** Gives a result up, and returns the bytes that this frees. */
  giveUp(artifacts: readonly Artifact[]): number {
    let freedBytes = 0;
    for (const {digest} of artifacts) {
      this.#names.set(digest, this.#count(digest) - 1);
      if (this.isNamed(digest) || this.isFixed(digest)) continue;
      this.freed.add(digest);
      freedBytes += this.#blobs.get(digest)?.sizeBytes ?? 0;
    }
    this.bytes -= freedBytes;
    return freedBytes;
  }

  #count(digest: Digest): number {
    return this.#names.get(digest) ?? 0;
  }
}

export function bytesOf(blobs: readonly StoredBlob[]): number {
  return blobs.reduce((sum, {sizeBytes}) => sum + sizeBytes, 0);
}
