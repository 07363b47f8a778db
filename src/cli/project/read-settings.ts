import {isErrno} from '../../base/errno.ts';
import {exists} from '../../base/exists.ts';
import type {DiagnosticLog} from '../../diagnostics/diagnostic.ts';
import {configFile, type Settings} from './settings.ts';

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
  const user = configFile(place.environment);
  const files = {
    ...(user !== undefined && (await isThere(user)) && {user}),
    ...(place.project !== undefined && (await isThere(place.project)) && {project: place.project}),
  };
  if (Object.keys(files).length === 0) return {plugins: [], defaults: undefined};
  // Most commands read no settings, and need not load what reads YAML for them.
  const {parseSettings} = await import('./parse-settings.ts');
  return await parseSettings(files, log);
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
