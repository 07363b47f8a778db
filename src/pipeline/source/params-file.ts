import type {DiagnosticLog} from '../../diagnostics/diagnostic.ts';
import {argumentSpan} from '../../diagnostics/span.ts';
import {jsonOf} from '../../document/located.ts';
import {parseDocument} from '../../document/parse-document.ts';
import {readSource, type ReadFile} from '../../document/read-source.ts';
import type {Override} from './overrides.ts';
import {expectMap} from './pipeline-source.ts';

/**
 * What the files of `--params-file` override, in their order: each is a mapping whose entries mean what `--set name=value`
 * means. Mistakes go to the log.
 */
export async function readParamsFiles(
  files: readonly string[],
  log: DiagnosticLog,
  readFile: ReadFile | undefined,
): Promise<readonly Override[]> {
  const overrides: Override[] = [];
  for (const file of files) {
    const source = await readSource(file, argumentSpan(file), log, readFile);
    const root = source && parseDocument(source, log);
    const map = root && expectMap(root, 'A file of parameters', log);
    if (map?.kind !== 'map') continue;
    for (const [name, {keySpan, value}] of map.entries) {
      overrides.push({name, nameSpan: keySpan, value});
    }
  }
  return overrides;
}

/** An override as `--set` would take it, for people. */
export function overrideText({name, value}: Override): string {
  const json = jsonOf(value);
  return `${name}=${typeof json === 'string' ? json : JSON.stringify(json)}`;
}
