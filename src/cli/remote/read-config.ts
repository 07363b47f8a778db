import path from 'node:path';
import {configFolder} from '../../base/user-folders.ts';
import {isErrno} from '../../base/errno.ts';
import {exists} from '../../base/exists.ts';
import type {DiagnosticLog} from '../../diagnostics/diagnostic.ts';
import {parseDocument} from '../../document/parse-document.ts';
import {readSource} from '../../document/read-source.ts';
import {checkKeys} from '../../pipeline/source/check-keys.ts';
import {expectMap} from '../../pipeline/source/pipeline-source.ts';
import {parseRemoteConfig, type RemoteConfig} from '../../remote/remote-config.ts';

/** The user's configuration: `config.yaml` in their configuration folder. */
export interface Config {
  readonly remote?: RemoteConfig;
}

/** The path of the user's configuration. `undefined`: they have no home. */
export function configFile(
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const folder = configFolder(environment);
  return folder && path.join(folder, 'config.yaml');
}

/** Reads the user's configuration, which is empty if there is none. Mistakes go to the log. */
export async function readConfig(
  environment: Readonly<Record<string, string | undefined>>,
  log: DiagnosticLog,
): Promise<Config> {
  const file = configFile(environment);
  if (file === undefined || !(await isThere(file))) return {};
  const namedAt = {file: {name: file, text: ''}, start: 0, end: 0};
  const source = await readSource(file, namedAt, log);
  const root = source && parseDocument(source, log);
  if (root === undefined) return {};
  const map = expectMap(root, 'A configuration', log);
  if (map.kind === 'unknown') return {};
  const {entries} = checkKeys({map, known: ['remote'], what: 'A configuration', log});
  const written = entries.get('remote')?.value;
  const remote = written && parseRemoteConfig(written, log);
  return {...(remote && {remote})};
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
