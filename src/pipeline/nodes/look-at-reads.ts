import {TooManyEntries, type PathLook} from '../../base/look-at-path.ts';
import type {DiagnosticLog} from '../../diagnostics/diagnostic.ts';
import {argumentSpan} from '../../diagnostics/span.ts';
import type {Instance} from '../graph/instance.ts';

/** Looks at a file or folder, as `lookAtPath` does. */
export type LookAtPath = (path: string) => Promise<PathLook>;

/** The instances, with a look at the files and folders that their stage types read although they are no inputs. */
export async function lookAtReads(
  instances: readonly Instance[],
  lookAt: LookAtPath,
  log: DiagnosticLog,
): Promise<readonly Instance[]> {
  const looks = new Map<string, PathLook | undefined>();
  const looked: Instance[] = [];
  for (const instance of instances) {
    const paths = readsOf(instance, log);
    for (const path of paths) {
      if (!looks.has(path)) looks.set(path, await lookOrReport(path, lookAt, instance, log));
    }
    const its = Object.fromEntries(
      paths.flatMap((path) => {
        const look = looks.get(path);
        return look === undefined ? [] : [[path, look] as const];
      }),
    );
    looked.push(paths.length === 0 ? instance : {...instance, looks: its});
  }
  return looked;
}

async function lookOrReport(
  path: string,
  lookAt: LookAtPath,
  {id}: Instance,
  log: DiagnosticLog,
): Promise<PathLook | undefined> {
  try {
    return await lookAt(path);
  } catch (error) {
    if (!(error instanceof TooManyEntries)) throw error;
    log.error('unreadable-file', argumentSpan(id), error.message);
    return undefined;
  }
}

function readsOf({id, type, params}: Instance, log: DiagnosticLog): readonly string[] {
  const {contract, plugin} = type;
  if (contract.reads === undefined) return [];
  try {
    const paths: unknown = contract.reads(params);
    if (Array.isArray(paths) && paths.every((one) => typeof one === 'string')) return paths;
    throw new TypeError('`reads` gives no list of paths');
  } catch (error) {
    if (plugin === undefined) throw error;
    const cause = error instanceof Error ? error.message || error.name : String(error);
    const message = `The files that \`${contract.type}\` in ${plugin.identity.name} reads cannot be asked for: ${cause.split('\n', 1)[0]!.replace(/[.!]$/, '')}.`;
    log.error('bad-check', argumentSpan(id), message);
    return [];
  }
}
