import {existsSync, readdirSync, statSync} from 'node:fs';
import {copyFile, rm} from 'node:fs/promises';
import path from 'node:path';
import {isSystemError, whyRefused} from '../../base/errno.ts';
import type {Digest} from '../../base/digest.ts';
import type {ImportKind, ImportedFile} from '../../contract/offers.ts';
import {resolveWhat} from '../../journal/resolve-what.ts';
import {displayPath} from '../../report/text/run-place.ts';
import {blobPath} from '../../store/layout.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import {knownMedia} from '../load-registry.ts';
import {existingStore} from '../named-run.ts';
import type {World} from '../world.ts';
import {composePipeline, type ComposeOptions} from './compose-pipeline.ts';

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
  for (const word of words) {
    const found = existsSync(path.resolve(world.cwd, word))
      ? filesAt(evaluation, word, world.cwd)
      : await resultAt(word, options, world);
    if (typeof found === 'number') return found;
    places.push(...found);
  }
  const copied = await copyArtifacts(places, path.resolve(world.cwd, options.write));
  if (typeof copied === 'string') {
    world.faults.fault('unwritable-file', copied);
    return exitCodes.usage;
  }
  const {files, copies} = copied;
  const composing = {by: 'evaluate', flag: '--write', file: options.write, selectors: []};
  const code = await composePipeline(evaluation, {...composing, files}, options, world);
  // Without a pipeline nothing needs them.
  if (code === exitCodes.usage || code === exitCodes.invalidPipeline) {
    for (const copy of copies) await rm(copy, {force: true});
  }
  return code;
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
      await copyFile(rest.path, copy);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      return `${copyAs} cannot be written beside the pipeline: ${whyRefused(error)}.`;
    }
    copies.push(copy);
  }
  return {files, copies};
}

/** The files of a folder that has any by their names; otherwise the file or the folder itself. */
function filesAt({namesInFolder}: ImportKind, word: string, cwd: string): readonly Place[] {
  const place = path.resolve(cwd, word);
  const isFolder = statSync(place).isDirectory();
  const names = isFolder ? readdirSync(place).filter((name) => namesInFolder.test(name)) : [];
  const files = names.length === 0 ? [place] : names.sort().map((name) => path.join(place, name));
  return files.map((file) => ({path: file, name: displayPath(file, cwd)}));
}

/** The result of a run. */
async function resultAt(
  word: string,
  {store: folder}: EvaluateOptions,
  world: World,
): Promise<readonly Place[] | ExitCode> {
  const {media, title} = world.offers.evaluation;
  const refuse = (message: string): ExitCode => {
    world.faults.fault('unknown-result', message);
    return exitCodes.usage;
  };
  if (!existsSync(path.resolve(world.cwd, folder))) return refuse(`There is no file ${word}.`);
  const store = existingStore(folder, world);
  if (typeof store === 'number') return store;
  const found = resolveWhat(word, store, world.cwd);
  const extension = (await knownMedia(world)).get(media)!.extension;
  const placeOf = (file: string, digest?: Digest): Place => ({
    path: file,
    name: word,
    ...(digest && {copyAs: `${fileStem(word)}-${digest.slice(0, 8)}.${extension}`}),
  });
  switch (found.kind) {
    case 'file':
      return [placeOf(found.path, found.digest)];
    case 'result': {
      const outputs = Object.values(found.record.outputs).filter((one) => one.media === media);
      const artifacts = outputs.flatMap((output) => output.artifacts);
      if (artifacts.length === 1) {
        return artifacts.map(({digest}) => placeOf(blobPath(store, digest), digest));
      }
      const what = artifacts.length === 0 ? `no ${title}` : `several ${title}s`;
      return refuse(`\`${word}\` has ${what} among its outputs: name one.`);
    }
    case 'run':
      return refuse(`\`${word}\` is a run: name a ${title} of it.`);
    case 'unknown':
      return refuse(found.message);
  }
}

/** A name of a result as a name of a file. */
function fileStem(word: string): string {
  return word.replaceAll(/[^A-Za-z0-9]+/g, '-').replace(/-$/, '');
}
