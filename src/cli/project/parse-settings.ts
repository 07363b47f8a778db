import path from 'node:path';
import type {DiagnosticLog} from '../../diagnostics/diagnostic.ts';
import {jsonOf, locate, type LocatedMap} from '../../document/located.ts';
import {mergeOver} from '../../document/merge-over.ts';
import {parseDocument} from '../../document/parse-document.ts';
import {readSource} from '../../document/read-source.ts';
import {checkKeys} from '../../pipeline/source/check-keys.ts';
import {FieldReader} from '../../pipeline/source/field-reader.ts';
import {expectMap, parsePlugins} from '../../pipeline/source/pipeline-source.ts';
import {parseRemoteConfig} from '../../remote/remote-config.ts';
import {projectSchema} from './project-schema.ts';
import type {Settings} from './settings.ts';

/** Reads the files of settings that there are: a project file over the user's configuration. Mistakes go to the log. */
export async function parseSettings(
  files: {readonly user?: string; readonly project?: string},
  log: DiagnosticLog,
): Promise<Settings> {
  const user = await readOne(files.user, 'A configuration', log);
  const project = await readOne(files.project, 'A project file', log);
  const root = user && project ? mergeOver(besides(project, user), project) : (project ?? user);
  if (root === undefined) return {plugins: [], defaults: undefined};
  const reader = new FieldReader(root, log);
  const store = reader.has('store') ? reader.filledText('store') : undefined;
  const by = reader.spanOf('store').file.name;
  const remote = reader.value('remote');
  // A project may do without the user's remote cache.
  const isOff = remote === undefined || (remote.kind === 'scalar' && remote.value === null);
  const parsed = isOff ? undefined : parseRemoteConfig(remote, log);
  return {
    ...(store !== undefined && {store: {folder: path.resolve(path.dirname(by), store), by}}),
    plugins: parsePlugins(reader.value('plugins'), log),
    ...(parsed && {remote: parsed}),
    defaults: reader.map('defaults'),
  };
}

async function readOne(
  file: string | undefined,
  what: string,
  log: DiagnosticLog,
): Promise<LocatedMap | undefined> {
  if (file === undefined) return undefined;
  const namedAt = {file: {name: file, text: ''}, start: 0, end: 0};
  const source = await readSource(file, namedAt, log);
  const root = source && parseDocument(source, log);
  const map = root && expectMap(root, what, log);
  if (map?.kind !== 'map') return undefined;
  return checkKeys({map, known: Object.keys(projectSchema.properties), what, log});
}

/**
 * The user's configuration without a remote cache at another address than the project's: a key to sign with, or leave to
 * write, is given for one address.
 */
function besides(project: LocatedMap, user: LocatedMap): LocatedMap {
  const addressIn = (root: LocatedMap): unknown => {
    const {value, whole} = locate(root, ['remote', 'url']);
    return whole ? jsonOf(value) : undefined;
  };
  const address = addressIn(project);
  if (address === undefined || address === addressIn(user)) return user;
  const others = Array.from(user.entries).filter(([key]) => key !== 'remote');
  return {...user, entries: new Map(others)};
}
