import {TooManyEntries, type PlaceLook} from '../../base/look-at-place.ts';
import type {DiagnosticLog} from '../../diagnostics/diagnostic.ts';
import {argumentSpan} from '../../diagnostics/span.ts';
import type {Instance} from '../graph/instance.ts';

/** Looks at a file or folder, as `lookAtPlace` does. */
export type LookAtPlace = (path: string) => Promise<PlaceLook>;

/** The instances, with a look at the files and folders that their stage types read although they are no inputs. */
export async function lookAtPlaces(
  instances: readonly Instance[],
  lookAt: LookAtPlace,
  log: DiagnosticLog,
): Promise<readonly Instance[]> {
  const looks = new Map<string, PlaceLook>();
  const placed: Instance[] = [];
  for (const instance of instances) {
    const paths = placesOf(instance, log);
    for (const path of paths) {
      const look = looks.get(path) ?? (await lookOrReport(path, lookAt, instance, log));
      if (look !== undefined) looks.set(path, look);
    }
    const known = paths.filter((path) => looks.has(path));
    const places = Object.fromEntries(known.map((path) => [path, looks.get(path)!]));
    placed.push(paths.length === 0 ? instance : {...instance, places});
  }
  return placed;
}

async function lookOrReport(
  path: string,
  lookAt: LookAtPlace,
  {id}: Instance,
  log: DiagnosticLog,
): Promise<PlaceLook | undefined> {
  try {
    return await lookAt(path);
  } catch (error) {
    if (!(error instanceof TooManyEntries)) throw error;
    log.error('unreadable-file', argumentSpan(id), error.message);
    return undefined;
  }
}

function placesOf({id, type, params}: Instance, log: DiagnosticLog): readonly string[] {
  const {contract, plugin} = type;
  if (contract.places === undefined) return [];
  try {
    const places: unknown = contract.places(params);
    if (Array.isArray(places) && places.every((one) => typeof one === 'string')) return places;
    throw new TypeError('`places` gives no list of paths');
  } catch (error) {
    if (plugin === undefined) throw error;
    const cause = error instanceof Error ? error.message || error.name : String(error);
    const message = `The places of \`${contract.type}\` in ${plugin.identity.name} cannot be asked for: ${cause.split('\n', 1)[0]!.replace(/[.!]$/, '')}.`;
    log.error('bad-check', argumentSpan(id), message);
    return [];
  }
}
