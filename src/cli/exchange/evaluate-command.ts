import {constants, existsSync, readdirSync, statSync} from 'node:fs';
import {copyFile, rm} from 'node:fs/promises';
import path from 'node:path';
import {isSystemError, whyRefused} from '../../base/errno.ts';
import type {
  Evaluation,
  FileOption,
  ImportedFile,
  NamedFiles,
  RecalledResult,
} from '../../contract/offers.ts';
import type {FoundFile} from '../../journal/found.ts';
import {resolveWhat} from '../../journal/resolve-what.ts';
import {History} from '../../plan/history.ts';
import {displayPath} from '../../report/text/run-place.ts';
import {blobPath} from '../../store/layout.ts';
import {inspectStore} from '../../store/open-store.ts';
import {readRecord} from '../../store/records/find-record.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import {knownMedia} from '../load-registry.ts';
import {existingStore} from '../named-run.ts';
import type {World} from '../world.ts';
import {composeFor, composePipeline, type ComposeOptions} from './compose-pipeline.ts';

export interface EvaluateOptions extends ComposeOptions {
  /** The pipeline file. */
  readonly write: string;
}

type Place = Omit<ImportedFile, 'reference'> & {
  /**
   * The name under which it is copied beside the pipeline file: an artifact has no ending, and a pipeline is to stay valid
   * when the store is cleaned.
   */
  readonly copyAs?: string;
};

/** `pipeline evaluate SET…`: writes a pipeline that judges a set, and runs it. */
export async function evaluateCommand(
  words: readonly string[],
  options: EvaluateOptions,
  world: World,
): Promise<ExitCode> {
  const {evaluation} = world.offers;
  const places: Place[] = [];
  for (const {word, kind} of namedFiles(words, options, evaluation)) {
    const found = existsSync(path.resolve(world.cwd, word))
      ? filesAt(kind, word, world.cwd)
      : await resultAt(word, kind, {options, world});
    if (typeof found === 'number') return found;
    places.push(...found.map((place) => (kind.option ? {...place, option: kind.option} : place)));
  }
  const copied = await copyArtifacts(places, path.resolve(world.cwd, options.write));
  if (typeof copied === 'string') {
    world.faults.fault('unwritable-file', copied);
    return exitCodes.usage;
  }
  const {files, copies} = copied;
  const composing = {by: 'evaluate', flag: '--write', file: options.write, selectors: []};
  const recalled = recalledResults(evaluation.recalls, options, world);
  const compose = composeFor(evaluation, files, {options, recalled});
  const code = await composePipeline({...composing, compose}, options, world);
  // Without a pipeline nothing needs them.
  if (code === exitCodes.usage || code === exitCodes.invalidPipeline) {
    for (const copy of copies) await rm(copy, {force: true});
  }
  return code;
}

/** Files of an argument, or of an option. */
type Kind = NamedFiles & Partial<FileOption>;

function namedFiles(
  words: readonly string[],
  options: EvaluateOptions,
  evaluation: Evaluation,
): readonly {readonly word: string; readonly kind: Kind}[] {
  const arguments_ = words.map((word) => ({word, kind: evaluation}));
  const others = evaluation.fileOptions.flatMap((kind) => {
    const word = options[kind.option];
    return typeof word === 'string' ? [{word, kind}] : [];
  });
  return [...arguments_, ...others];
}

/** The results of a stage type in the store, if there is one. */
function recalledResults(
  type: string,
  {store: folder}: EvaluateOptions,
  {cwd}: World,
): readonly RecalledResult[] {
  const place = path.resolve(cwd, folder);
  const opened = existsSync(place) ? inspectStore(place) : undefined;
  if (opened === undefined || opened.kind === 'unusable') return [];
  return new History(opened.store).all(type).flatMap(({key, fingerprint: {params}}) => {
    const record = readRecord(opened.store, key);
    return typeof record === 'string' ? [] : [{params, provenance: record.provenance}];
  });
}

/** Copies artifacts beside the pipeline file, and gives the files that are new; or says why that cannot be done. */
async function copyArtifacts(
  places: readonly Place[],
  pipelineFile: string,
): Promise<{readonly files: readonly Place[]; readonly copies: readonly string[]} | string> {
  const files: Place[] = [];
  const copies: string[] = [];
  for (const place of places) {
    const {copyAs, ...rest} = place;
    const copy = copyAs === undefined ? rest.path : path.join(path.dirname(pipelineFile), copyAs);
    files.push({...rest, path: copy});
    // The name says what is in it.
    if (existsSync(copy)) continue;
    try {
      // Buffers are large: where the file system can, they share the room of the artifact.
      await copyFile(rest.path, copy, constants.COPYFILE_FICLONE);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      return `${copyAs} cannot be written beside the pipeline: ${whyRefused(error)}.`;
    }
    copies.push(copy);
  }
  return {files, copies};
}

/** The files of a folder that has any by their names; otherwise the file or the folder itself. */
function filesAt({namesInFolder}: Kind, word: string, cwd: string): readonly Place[] {
  const place = path.resolve(cwd, word);
  const isFolder = statSync(place).isDirectory();
  const names = isFolder ? readdirSync(place).filter((name) => namesInFolder.test(name)) : [];
  const files = names.length === 0 ? [place] : names.sort().map((name) => path.join(place, name));
  return files.map((file) => ({path: file, name: displayPath(file, cwd)}));
}

/** The result of a run: one artifact, or several if the kind takes them. */
async function resultAt(
  word: string,
  {media, title, isMany = false}: Kind,
  {options, world}: {readonly options: EvaluateOptions; readonly world: World},
): Promise<readonly Place[] | ExitCode> {
  const refuse = (message: string): ExitCode => {
    world.faults.fault('unknown-result', message);
    return exitCodes.usage;
  };
  if (!existsSync(path.resolve(world.cwd, options.store))) {
    return refuse(`There is no file ${word}.`);
  }
  const store = existingStore(options.store, world);
  if (typeof store === 'number') return store;
  const found = resolveWhat(word, store, world.cwd);
  const extension = (await knownMedia(world)).get(media)!.extension;
  const placeOf = ({path: file, digest}: Pick<FoundFile, 'path' | 'digest'>): Place => ({
    path: file,
    name: word,
    ...(digest && {copyAs: `${fileStem(word)}-${digest.slice(0, 8)}.${extension}`}),
  });
  switch (found.kind) {
    case 'file':
      if (found.media !== undefined && found.media !== media) {
        return refuse(`\`${word}\` is no ${title}.`);
      }
      return [placeOf(found)];
    case 'result': {
      const outputs = Object.entries(found.record.outputs).filter(([, one]) => one.media === media);
      const artifacts = outputs.flatMap(([, output]) => output.artifacts);
      if (artifacts.length === 1 || (isMany && artifacts.length > 1)) {
        return artifacts.map(({digest}) => placeOf({path: blobPath(store, digest), digest}));
      }
      const names = outputs.map(([name]) => `\`${word}.${name}\``).join(' or ');
      return refuse(
        artifacts.length === 0
          ? `\`${word}\` has no ${title} among its outputs.`
          : `\`${word}\` has several ${title}s: name one of ${names}.`,
      );
    }
    case 'run':
      return refuse(`\`${word}\` is a run: name a ${title} of it.`);
    case 'unknown': {
      const {files = []} = found;
      const areAll = isMany && files.length > 0 && files.every((file) => file.media === media);
      return areAll ? files.map(placeOf) : refuse(found.message);
    }
  }
}

/** A name of a result as a name of a file. */
function fileStem(word: string): string {
  return word.replaceAll(/[^A-Za-z0-9]+/g, '-').replace(/-$/, '');
}
