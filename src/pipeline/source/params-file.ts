import type {DiagnosticLog} from '../../diagnostics/diagnostic.ts';
import {argumentSpan, type SourceFile} from '../../diagnostics/span.ts';
import {jsonOf} from '../../document/located.ts';
import {parseDocument} from '../../document/parse-document.ts';
import {readSource, type ReadFile} from '../../document/read-source.ts';
import type {Override} from './overrides.ts';
import {expectMap} from './pipeline-source.ts';

/** What files of parameters say. */
export interface GivenParams {
  /** The files that could be read, in order. */
  readonly files: readonly SourceFile[];
  readonly overrides: readonly Override[];
}

/**
 * What the files of `--params-file` override, in their order: each is a mapping whose entries mean what `--set name=value`
 * means. Mistakes go to the log.
 */
export async function readParamsFiles(
  files: readonly string[],
  log: DiagnosticLog,
  readFile: ReadFile | undefined,
): Promise<GivenParams> {
  const sources: SourceFile[] = [];
  const overrides: Override[] = [];
  for (const file of files) {
    const source = await readSource(file, argumentSpan(file), log, {readFile});
    if (source) sources.push(source);
    const root = source && parseDocument(source, log);
    const map = root && expectMap(root, 'A file of parameters', log);
    if (map?.kind !== 'map') continue;
    for (const [name, {keySpan, value}] of map.entries) {
      overrides.push({name, nameSpan: keySpan, value});
    }
  }
  return {files: sources, overrides};
}

/** An override as `--set` would take it, for people. */
export function overrideText({name, value}: Override): string {
  const json = jsonOf(value);
  return `${name}=${typeof json === 'string' ? json : JSON.stringify(json)}`;
}
