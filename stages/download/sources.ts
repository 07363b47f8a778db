import type {StageContext} from '../../src/contract/stage.ts';
import type {SourceFile, SourceFiles} from '../../src/fetch/source-file.ts';
import type {DownloadOptions} from '../../src/fetch/download-file.ts';
import {obtain, obtainFirst, type ObtainedFile} from '../../src/fetch/obtain.ts';

/** Waits before another try of a download. */
export type Wait = NonNullable<DownloadOptions['wait']>;

/** Obtains files of sources, reports progress, and records what was found. */
export class Sources {
  readonly #context: StageContext;
  readonly #wait: Wait | undefined;
  readonly #found: Record<string, string> = {};

  constructor(context: StageContext, wait?: Wait) {
    this.#context = context;
    this.#wait = wait;
  }

  /** The path of a file, from the first of these base URLs that has it. Downloads are kept for the next attempt. */
  async obtain(bases: readonly string[], files: SourceFiles): Promise<string> {
    const {name} = files[0];
    return this.#noted(name, await obtain(bases, files, await this.#options(name)));
  }

  /** The path of a file that has no known checksum, from the first of these URLs that has it. */
  async obtainUrl(urls: readonly string[]): Promise<string> {
    const places = urls.map((url) => ({url, file: unchecked(url)}));
    const {name} = places[0]!.file;
    return this.#noted(name, await obtainFirst(places, await this.#options(name)));
  }

  async #options(note: string): Promise<DownloadOptions> {
    return {
      folder: await this.#context.keptFolder(),
      signal: this.#context.stopping,
      onProgress: (bytes, totalBytes) => {
        const done = Math.floor(bytes / 1e6);
        if (totalBytes === undefined) {
          this.#context.progress({done: 0, total: 1, unit: 'files', note: `${note} ${done} MB`});
        } else this.#context.progress({done, total: Math.ceil(totalBytes / 1e6), unit: 'MB', note});
      },
      ...(this.#wait && {wait: this.#wait}),
    };
  }

  #noted(name: string, {path, sha256}: ObtainedFile): string {
    this.#found[name] = sha256;
    this.#context.provenance({files: {...this.#found}});
    return path;
  }
}

function unchecked(url: string): SourceFile {
  const path = url.replace(/[?#].*$/, '');
  return {name: path.slice(path.lastIndexOf('/') + 1), digests: []};
}
