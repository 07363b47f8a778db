import path from 'node:path';
import {isErrno} from '../../base/errno.ts';
import {exists} from '../../base/exists.ts';
import {configFolder} from '../../base/user-folders.ts';
import type {DiagnosticLog} from '../../diagnostics/diagnostic.ts';
import {jsonOf, locate, type LocatedMap, type LocatedText} from '../../document/located.ts';
import {mergeOver} from '../../document/merge-over.ts';
import {parseDocument} from '../../document/parse-document.ts';
import {readSource} from '../../document/read-source.ts';
import {checkKeys} from '../../pipeline/source/check-keys.ts';
import {FieldReader} from '../../pipeline/source/field-reader.ts';
import {expectMap, parsePlugins} from '../../pipeline/source/pipeline-source.ts';
import {parseRemoteConfig, type RemoteConfig} from '../../remote/remote-config.ts';
import {projectSchema} from './project-schema.ts';

/** The store that settings name. */
export interface StoreSetting {
  /** An absolute path. */
  readonly folder: string;
  /** The file that says so, as it is shown. */
  readonly by: string;
}

/** What a project file says, and what the user's configuration says besides: the two have the same keys. */
export interface Settings {
  readonly store?: StoreSetting;
  /** Plugins of all pipelines of the project. */
  readonly plugins: readonly LocatedText[];
  readonly remote?: RemoteConfig;
  /** As written: `parseDefaults` reads them. */
  readonly defaults: LocatedMap | undefined;
}

/** The path of the user's configuration. `undefined`: they have no home. */
export function configFile(
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const folder = configFolder(environment);
  return folder && path.join(folder, 'config.yaml');
}

/** The places that settings come from. */
export interface SettingsPlace {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The path of the project file, as it is shown. Absent: there is none. */
  readonly project?: string;
}

/**
 * Reads a project file over the user's configuration, as a pipeline is merged over the one that it extends. Mistakes go to
 * the log.
 */
export async function readSettings(place: SettingsPlace, log: DiagnosticLog): Promise<Settings> {
  const user = await readOne(configFile(place.environment), 'A configuration', log);
  const project = await readOne(place.project, 'A project file', log);
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
  if (file === undefined || !(await isThere(file))) return undefined;
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

/** Whether there is a file. A folder that cannot be looked into belongs to another user, whose home the variables name. */
async function isThere(file: string): Promise<boolean> {
  try {
    return await exists(file);
  } catch (error) {
    if (isErrno(error, 'EACCES', 'ENOTDIR')) return false;
    throw error;
  }
}
