import {existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {parseDigest} from '../base/digest.ts';
import {isErrno} from '../base/errno.ts';
import {readText} from '../base/read-text.ts';
import {blobPath, resultsFolder, resultsListPath, runRoot, type Store} from '../store/layout.ts';
import {hasLinked, placeArtifact} from '../store/artifacts/place-artifact.ts';
import type {Artifact} from '../store/records/record.ts';

/** A result file of a run, with its time when it was placed. */
export interface PlacedFile extends Artifact {
  readonly mtimeMs: number;
}

/** Placed files by name. */
export type PlacedFiles = Readonly<Record<string, PlacedFile>>;

/**
 * The results of a run under readable names. Runs of one pipeline mostly have the same results, and there may be
 * thousands: a file that the previous run has placed gets a second name, which takes a tenth of the time of a copy and
 * no space.
 */
export class ResultsFolder {
  readonly #store: Store;
  readonly #run: string;
  readonly #folder: string;
  readonly #before: {readonly folder: string; readonly files: PlacedFiles} | undefined;
  readonly #files: Record<string, PlacedFile> = {};

  constructor(store: Store, run: string) {
    this.#store = store;
    this.#run = run;
    const folder = resultsFolder(store, run);
    this.#folder = folder;
    if (mkdirSync(folder, {recursive: true}) === undefined) {
      // A process that has died meanwhile placed some: the last one may be incomplete, and names cannot be linked twice.
      rmSync(folder, {recursive: true});
      mkdirSync(folder);
    }
    this.#before = findPlaced(store, run);
  }

  /** Places an artifact and gives the path of the file. `undefined`: the artifact is gone from the store. */
  place(name: string, {digest, sizeBytes}: Artifact): string | undefined {
    // Not `path.join`, which takes as long as a look at the file.
    const file = this.#folder + path.sep + name;
    try {
      const shared = this.#share(name, digest, file);
      if (shared === undefined) placeArtifact(this.#store, digest, file);
      this.#files[name] = shared ?? {digest, sizeBytes, mtimeMs: statSync(file).mtimeMs};
      return file;
    } catch (error) {
      if (isErrno(error, 'ENOENT') && !existsSync(blobPath(this.#store, digest))) return undefined;
      throw error;
    }
  }

  /** Writes the list of placed files, for the next run. */
  close(): void {
    const file = resultsListPath(this.#store, this.#run);
    // A process that has died may have left one. Nothing is written through a link that others put there.
    rmSync(file, {force: true});
    writeFileSync(file, `${JSON.stringify(this.#files)}\n`, {flag: 'wx'});
  }

  /** Shares a file of the previous run, if nobody has written to it since it was placed. */
  #share(name: string, digest: string, target: string): PlacedFile | undefined {
    const placed = this.#before?.files[name];
    if (placed?.digest !== digest) return undefined;
    const file = this.#before!.folder + path.sep + name;
    const found = statSync(file, {throwIfNoEntry: false});
    if (found?.size !== placed.sizeBytes || found.mtimeMs !== placed.mtimeMs) return undefined;
    return hasLinked(file, target) ? placed : undefined;
  }
}

/** The files that a run has placed; none, if it has not ended well. Names and times are as the store tells, unchecked. */
export function placedFiles(store: Store, run: string): PlacedFiles {
  return readList(resultsListPath(store, run)) ?? {};
}

/** The files placed by the newest other run that has finished. */
function findPlaced(
  store: Store,
  run: string,
): {readonly folder: string; readonly files: PlacedFiles} | undefined {
  for (const other of readdirSync(runRoot(store)).sort().reverse()) {
    const files = other === run ? undefined : readList(resultsListPath(store, other));
    const folder = resultsFolder(store, other);
    // A run with very many results may have only the list of those that an earlier one has placed.
    if (files !== undefined && existsSync(folder)) return {folder, files};
  }
  return undefined;
}

/** The list of a run. Others may write to the store: what is no placed file is left out. */
function readList(file: string): PlacedFiles | undefined {
  try {
    const list = JSON.parse(readText(file)) as Readonly<Record<string, Partial<PlacedFile>>> | null;
    const files = Object.entries(list ?? {}).filter(
      ([, placed]) => parseDigest(placed?.digest) !== undefined,
    );
    return Object.fromEntries(files) as PlacedFiles;
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR') || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
