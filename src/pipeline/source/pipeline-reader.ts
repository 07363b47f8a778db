import {dirname, isAbsolute, join, resolve} from 'node:path';
import type {DiagnosticLog} from '../../diagnostics/diagnostic.ts';
import type {SourceFile, Span} from '../../diagnostics/span.ts';
import type {LocatedMap, LocatedText} from '../../document/located.ts';
import {mergeOver} from '../../document/merge-over.ts';
import {parseDocument} from '../../document/parse-document.ts';
import {readSource, type ReadFile} from '../../document/read-source.ts';
import {checkKeys} from './check-keys.ts';
import {expectMap, expectText, pipelineKeys, withoutExtensions} from './pipeline-source.ts';

/** A pipeline file as data: its keys are known, and what it extends is merged in. */
export interface PipelineDocument {
  readonly file: SourceFile;
  /** The files that it extends, nearest first. */
  readonly bases: readonly SourceFile[];
  readonly root: LocatedMap;
}

/** Reads pipeline files, each once, so that a mistake in one that several extend is told once. */
export class PipelineReader {
  readonly #log: DiagnosticLog;
  readonly #readFile: ReadFile | undefined;
  readonly #read = new Map<string, PipelineDocument | undefined>();
  readonly #files: SourceFile[] = [];

  constructor(log: DiagnosticLog, readFile?: ReadFile) {
    this.#log = log;
    this.#readFile = readFile;
  }

  /** The files that were read, in this order. */
  get files(): readonly SourceFile[] {
    return this.#files;
  }

  /**
   * Reads a pipeline file. `undefined`: it has mistakes that leave nothing to check, which were reported.
   * @param extending the files that lead to this one by `extends`, outermost first
   */
  async read(
    path: string,
    namedAt: Span,
    extending: readonly string[] = [],
  ): Promise<PipelineDocument | undefined> {
    const name = resolve(path);
    if (this.#read.has(name)) return this.#read.get(name);
    const file = await readSource(path, namedAt, this.#log, {readFile: this.#readFile});
    if (file) this.#files.push(file);
    const root = file && this.#parse(file);
    const document = file && root && (await this.#extended(file, root, [...extending, path]));
    this.#read.set(name, document);
    return document;
  }

  #parse(file: SourceFile): LocatedMap | undefined {
    const log = this.#log;
    const root = parseDocument(file, log);
    const map = root && expectMap(root, 'A pipeline', log);
    if (map?.kind !== 'map') return undefined;
    return checkKeys({map: withoutExtensions(map), known: pipelineKeys, what: 'A pipeline', log});
  }

  /** @param chain the files that lead here, this one last */
  async #extended(
    file: SourceFile,
    written: LocatedMap,
    chain: readonly string[],
  ): Promise<PipelineDocument | undefined> {
    const entries = new Map(written.entries);
    const extended = entries.get('extends')?.value;
    entries.delete('extends');
    const own = {...written, entries};
    if (extended === undefined) return {file, bases: [], root: own};
    const named = expectText(extended, '`extends`', this.#log);
    const base = named && (await this.#base(named, chain));
    return base && {file, bases: [base.file, ...base.bases], root: mergeOver(base.root, own)};
  }

  async #base(named: LocatedText, chain: readonly string[]): Promise<PipelineDocument | undefined> {
    const path = besideFile(named);
    const closed = chain.findIndex((one) => resolve(one) === resolve(path));
    if (closed < 0) return await this.read(path, named.span, chain);
    const trail = [...chain.slice(closed), path].join(' → ');
    this.#log.error('extends-cycle', named.span, `This pipeline would extend itself: ${trail}.`);
    return undefined;
  }
}

/** The path that a text in a file names, relative to that file. */
export function besideFile({value, span}: LocatedText): string {
  return isAbsolute(value) ? value : join(dirname(span.file.name), value);
}
