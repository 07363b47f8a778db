import {isErrno} from '../../base/errno.ts';
import type {DiagnosticLog} from '../../diagnostics/diagnostic.ts';
import {argumentSpan, type Span} from '../../diagnostics/span.ts';
import {jsonOf, type Located} from '../../document/located.ts';
import {parseDocument} from '../../document/parse-document.ts';
import {readSource, readStart, type ReadFile, type SizeLimit} from '../../document/read-source.ts';
import {isLock, lockPathOf, type Lock} from './lock.ts';

/** A lock with the places of its values. */
export interface ReadLock {
  readonly lock: Lock;
  /** Its file, as the user would name it. */
  readonly file: string;
  /** The place of the value that this path of keys leads to, or of the last one that exists. */
  spanOf(...path: readonly string[]): Span;
}

/** The size limit of locks: about 20,000 sources, which take seconds to read. */
const limit: SizeLimit = {maxMib: 8, of: 'locks'};
/** Each value has a line of its own in a lock, with more than eight characters. */
const maxValues = 2 ** 20;

/** Reads the lock of a pipeline file. `undefined`: there is none, or it has mistakes, which were reported. */
export async function readLock(
  pipelineFile: string,
  log: DiagnosticLog,
  readFile: ReadFile = readStart,
): Promise<ReadLock | undefined> {
  const file = lockPathOf(pipelineFile);
  const bytes = await readFile(file, limit).catch((error: unknown) => error);
  if (isErrno(bytes, 'ENOENT', 'ENOTDIR')) return undefined;
  const source = await readSource(file, argumentSpan(file), log, {
    readFile: () => (bytes instanceof Uint8Array ? Promise.resolve(bytes) : Promise.reject(bytes)),
    limit,
  });
  const root = source && parseDocument(source, log, 0, maxValues);
  if (root === undefined) return undefined;
  const lock = jsonOf(root);
  if (!log.hasErrors && isLock(lock)) return {lock, file, spanOf: (...path) => spanAt(root, path)};
  const message = `${file} is not a lock as \`pipeline lock\` of this version writes it.`;
  log.error('bad-value', {...root.span, end: root.span.start + 1}, message);
  return undefined;
}

function spanAt(root: Located, path: readonly string[]): Span {
  let at = root;
  for (const key of path) {
    const entry = at.kind === 'map' ? at.entries.get(key) : undefined;
    if (entry === undefined) break;
    at = entry.value;
  }
  // The whole of a mapping says nothing about a place.
  return at.kind === 'map' ? {...at.span, end: at.span.start + 1} : at.span;
}
