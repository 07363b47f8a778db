import path from 'node:path';
import {configFolder} from '../../base/user-folders.ts';
import type {LocatedMap, LocatedText} from '../../document/located.ts';
import type {RemoteConfig} from '../../remote/remote-config.ts';

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
