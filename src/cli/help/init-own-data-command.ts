import {stat} from 'node:fs/promises';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {isSystemError} from '../../base/errno.ts';
import type {ExitCode} from '../exit-codes.ts';
import type {World} from '../world.ts';
import {initCommand, type InitOptions, type PipelineSource} from './init-command.ts';

/** The export of `stages/shared/own-data/write-own-pipeline.ts`. */
type WriteOwnPipeline = (
  path: string,
  about: {readonly name: string; readonly place: Place},
) => ReturnType<PipelineSource>;

/** Where the pipeline finds the data: a folder by its URL, a file by its path from the pipeline. */
type Place =
  {readonly kind: 'folder'; readonly url: string} | {readonly kind: 'file'; readonly path: string};

/**
 * `pipeline init [FOLDER] --images DATA`: looks at data of the user's and writes a pipeline with settings that fit it.
 * @param data the folder or file, as the user named it
 */
export async function initOwnDataCommand(
  folder: string | undefined,
  data: string,
  options: InitOptions,
  world: World,
): Promise<ExitCode> {
  const given = path.resolve(world.cwd, data);
  return await initCommand(folder, options, world, async (root) => {
    const isFolder = await isFolderAt(given);
    if (isFolder === undefined) return {fault: `There is no folder or file ${data}.`};
    const {writeOwnPipeline} = (await import(world.ownDataModule)) as {
      readonly writeOwnPipeline: WriteOwnPipeline;
    };
    const place: Place = isFolder
      ? {kind: 'folder', url: pathToFileURL(given).href}
      : {kind: 'file', path: relativeFile(root, given)};
    const written = await writeOwnPipeline(given, {name: nameFor(given), place});
    if (!('fault' in written)) return written;
    return {fault: written.fault.replaceAll(given, () => data)};
  });
}

async function isFolderAt(given: string): Promise<boolean | undefined> {
  try {
    return (await stat(given)).isDirectory();
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}

function relativeFile(root: string, file: string): string {
  const relative = path.relative(root, file).replaceAll(path.sep, '/');
  return relative.startsWith('../') ? relative : `./${relative}`;
}

/** The name of the folder or file, in the characters of names. */
function nameFor(given: string): string {
  const base = path.basename(given).replace(/(\.tar)?\.\w+$/, '');
  const plain = base
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  return /^[a-z]/.test(plain) ? plain : `own-${plain}`.replace(/-$/, '');
}
