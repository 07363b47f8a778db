import {isSystemError} from '../base/errno.ts';
import type {Digest} from '../base/digest.ts';
import type {Headline, Offers} from '../contract/offers.ts';
import {FileFault} from '../formats/file-fault.ts';
import type {Mean} from '../inspect/column-mean.ts';
import {headlineOf} from '../inspect/final-trials.ts';
import {verifyArtifact} from '../store/artifacts/verify-artifact.ts';
import {blobPath, type Store} from '../store/layout.ts';

/** A table in the store. */
export interface StoredTable {
  readonly digest: Digest;
  readonly media: string;
}

/**
 * The numbers of tables. However many runs have an artifact, it is verified once, and read once for each number; one that
 * is missing or damaged is looked at again, since it may be made again.
 */
export class ArtifactMeans {
  readonly #store: Store;
  readonly #drawings: Offers['drawings'];
  readonly #whole = new Set<Digest>();
  readonly #known = new Map<string, Mean | undefined>();

  constructor(store: Store, drawings: Offers['drawings']) {
    this.#store = store;
    this.#drawings = drawings;
  }

  /** What the headline of a media's artifacts is; `undefined`: they have none. */
  headlineOf(media: string): Headline | undefined {
    const drawing = this.#drawings.get(media);
    return drawing?.kind === 'trials' ? drawing.headline : undefined;
  }

  /** The headline of a table; `undefined`: it has none, is damaged, or is gone. */
  async headline({digest, media}: StoredTable): Promise<Mean | undefined> {
    const drawing = this.#drawings.get(media);
    if (drawing?.kind !== 'trials') return undefined;
    return await this.#once({digest, media}, async (file) => {
      const {readScores} = await drawing.load();
      const mean = headlineOf(await readScores(file));
      return mean === undefined ? undefined : {mean, count: 1};
    });
  }

  /** The number of a table's column: the headline if it is that of the column, and otherwise the mean over the rows. */
  async column({digest, media}: StoredTable, column: string): Promise<Mean | undefined> {
    if (this.headlineOf(media)?.column === column) {
      const headline = await this.headline({digest, media});
      if (headline !== undefined) return headline;
    }
    return await this.#once({digest, column}, async (file) => {
      // The Arrow library takes long to load.
      const {columnMean} = await import('../inspect/column-mean.ts');
      return await columnMean(file, column);
    });
  }

  async #once(
    what: {readonly digest: Digest} & ({readonly media: string} | {readonly column: string}),
    read: (file: string) => Promise<Mean | undefined>,
  ): Promise<Mean | undefined> {
    const name = JSON.stringify(what);
    if (this.#known.has(name)) return this.#known.get(name);
    try {
      if (!(await this.#isWhole(what.digest))) return undefined;
      const mean = await read(blobPath(this.#store, what.digest));
      this.#known.set(name, mean);
      return mean;
    } catch (error) {
      if (error instanceof FileFault || isSystemError(error)) return undefined;
      throw error;
    }
  }

  async #isWhole(digest: Digest): Promise<boolean> {
    if (this.#whole.has(digest)) return true;
    const isWhole = (await verifyArtifact(this.#store, digest)) === 'whole';
    if (isWhole) this.#whole.add(digest);
    return isWhole;
  }
}
