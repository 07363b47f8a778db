import {stat} from 'node:fs/promises';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {isSystemError} from '../../../base/errno.ts';
import type {Registry} from '../../../contract/registry.ts';
import type {ExitCode} from '../../exit-codes.ts';
import type {World} from '../../world.ts';
import {initCommand, type PipelineSource} from '../init-command.ts';
import {ownPipelineText, type OwnPlace} from './own-pipeline-text.ts';
import {ownSettings, type OwnSurvey} from './own-settings.ts';

/** What `stages/shared/data-probe.ts` exports. */
type ProbeData = (path: string) => Promise<{readonly survey: OwnSurvey} | {readonly fault: string}>;

/**
 * `pipeline init [FOLDER] --images DATA`: looks at data of the user's and writes a pipeline with settings that fit it.
 * @param data the folder or file, as the user named it
 */
export async function initOwnDataCommand(
  folder: string | undefined,
  data: string,
  world: World,
): Promise<ExitCode> {
  const given = path.resolve(world.cwd, data);
  return await initCommand(folder, world, async (root) => {
    const isFolder = await isFolderAt(given);
    if (isFolder === undefined) return {fault: `There is no folder or file ${data}.`};
    const {probeData} = (await import(world.dataProbeModule)) as {readonly probeData: ProbeData};
    const probed = await probeData(given);
    if ('fault' in probed) return {fault: `${probed.fault.replaceAll(given, () => data)}.`};
    const fault = tooFew(probed.survey, data);
    if (fault !== undefined) return {fault};
    const place: OwnPlace = isFolder
      ? {kind: 'folder', url: pathToFileURL(given).href}
      : {kind: 'file', path: relativeFile(root, given)};
    return await written(probed.survey, {place, name: await nameFor(given, world)});
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

/** Why nothing can be distilled from so little. */
function tooFew({classes, smallestClass, test}: OwnSurvey, data: string): string | undefined {
  if (classes < 2) return `${data} has pictures of one class: there is nothing to tell apart.`;
  if (smallestClass >= (test === undefined ? 2 : 1)) return undefined;
  return `${data} has a class of ${smallestClass} picture, of which none can be taken to test on: add some, or a split called test.`;
}

function relativeFile(root: string, file: string): string {
  const relative = path.relative(root, file).replaceAll(path.sep, '/');
  return relative.startsWith('../') ? relative : `./${relative}`;
}

/** The name of the folder or file, in the characters of names; that of a known data set is taken. */
async function nameFor(given: string, world: World): Promise<string> {
  const base = path.basename(given).replace(/(\.tar)?\.\w+$/, '');
  const plain = base
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  const name = /^[a-z]/.test(plain) ? plain : `own-${plain}`.replace(/-$/, '');
  const {registry} = (await import(world.registryModule)) as {readonly registry: Registry};
  const known = registry.get('download')?.contract.params['dataset']?.enum ?? [];
  return known.includes(name) ? `own-${name}` : name;
}

async function written(
  survey: OwnSurvey,
  {place, name}: {readonly place: OwnPlace; readonly name: string},
): ReturnType<PipelineSource> {
  const {classes, train, test, shortSide, isSquare, warnings} = survey;
  const sizes = isSquare ? `${shortSide} × ${shortSide} pixels` : 'several sizes';
  const tested = test === undefined ? 'no test images' : `${test} test images`;
  const notes = [`${train} images of ${classes} classes, ${sizes}, ${tested}.`, ...warnings];
  const text = ownPipelineText(name, {survey, settings: ownSettings(survey), place});
  return await Promise.resolve({text, notes: `${notes.join('\n')}\n`});
}
