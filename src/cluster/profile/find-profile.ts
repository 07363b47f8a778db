import {existsSync} from 'node:fs';
import path from 'node:path';
import {closestTo} from '../../base/edit-distance.ts';
import {readableEntriesIn} from '../../base/folder-entries.ts';
import {configFolder} from '../../base/user-folders.ts';
import type {DiagnosticLog} from '../../diagnostics/diagnostic.ts';
import {quoted, showNames} from '../../diagnostics/show-value.ts';
import {argumentSpan} from '../../diagnostics/span.ts';

/** The places that decide where this program looks for profiles. */
export interface ProfilePlace {
  /** The absolute working directory. */
  readonly cwd: string;
  /** The pipeline file, as the user named it. Absent: there is none. */
  readonly pipeline?: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * The path of the profile of a cluster, as far as it can be shown from the working directory: the first
 * `clusters/NAME.yaml` there, beside the pipeline file, or in the user's configuration. A name that ends in `.yaml` is a
 * path. `undefined`: there is none, which was reported with where it was looked for.
 */
export function findProfile(
  name: string,
  place: ProfilePlace,
  log: DiagnosticLog,
): string | undefined {
  if (name.endsWith(suffix)) return name;
  const folders = profileFolders(place);
  const found = folders
    .map((folder) => path.join(folder, `${name}${suffix}`))
    .find((file) => !name.includes('/') && existsSync(path.resolve(place.cwd, file)));
  if (found !== undefined) return found;
  const known = folders.map((folder) => ({folder, names: namesIn(folder, place)}));
  const notes = known.map(({folder, names}) => ({
    message: `${folder} has ${names.length === 0 ? 'no profile' : showNames(names)}`,
  }));
  const asPath = `${name}${suffix}`;
  const near = existsSync(path.resolve(place.cwd, asPath))
    ? asPath
    : closestTo(
        name,
        known.flatMap(({names}) => names),
      );
  const message = `There is no profile of a cluster with the name ${name}; a path ends in ${suffix}.`;
  log.error('unknown-cluster', argumentSpan(name), message, {notes, suggestion: quoted(near)});
  return undefined;
}

/** The clusters that a name may mean, with their profiles, in the order in which they are looked for. */
export function profileNames(place: ProfilePlace): ReadonlyMap<string, string> {
  const files = profileFolders(place).flatMap((folder) =>
    namesIn(folder, place).map((name) => [name, path.join(folder, `${name}${suffix}`)] as const),
  );
  // The first of a name is found.
  return new Map(files.toReversed());
}

const suffix = '.yaml';

/** The folders of profiles, as they are shown. */
function profileFolders({cwd, pipeline, environment}: ProfilePlace): readonly string[] {
  const config = configFolder(environment);
  const folders = [
    'clusters',
    ...(pipeline === undefined ? [] : [path.join(path.dirname(pipeline), 'clusters')]),
    ...(config === undefined ? [] : [path.join(config, 'clusters')]),
  ];
  const absolute = folders.map((folder) => path.resolve(cwd, folder));
  return folders.filter((_, index) => absolute.indexOf(absolute[index]!) === index);
}

function namesIn(folder: string, {cwd}: ProfilePlace): readonly string[] {
  return readableEntriesIn(path.resolve(cwd, folder))
    .map((entry) => entry.name)
    .filter((name) => name.endsWith(suffix))
    .map((name) => name.slice(0, -suffix.length))
    .sort();
}
