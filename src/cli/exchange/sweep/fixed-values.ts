import {existsSync} from 'node:fs';
import path from 'node:path';
import type {Json} from '../../../base/json.ts';
import {commandLine} from '../../../diagnostics/span.ts';
import {isText, jsonOf, type Located} from '../../../document/located.ts';
import type {InstanceGraph} from '../../../pipeline/graph/instance.ts';
import {isLocalFile} from '../../../pipeline/nodes/local-files.ts';

/**
 * A value for all points, as the written pipeline has it. Paths of files are relative to
 * the file of parameters or, of `--set`, to the swept pipeline; the written one may be in another folder.
 * @param graph the swept pipeline
 * @param refer refers to a file in the written pipeline
 */
export function fixedValue(
  value: Located,
  {file}: Pick<InstanceGraph, 'file'>,
  refer: (file: string) => string,
): Json {
  const {name} = value.span.file;
  const folder = path.dirname(name === commandLine ? file : name);
  const placed = (located: Located): Json => {
    if (located.kind === 'list') return located.items.map(placed);
    if (located.kind === 'map') {
      const entries = Array.from(located.entries, ([key, entry]) => [key, placed(entry.value)]);
      return Object.fromEntries(entries) as Json;
    }
    if (!isText(located) || !isLocalFile(located.value)) return jsonOf(located);
    const whole = path.resolve(folder, located.value);
    // A point may take in what others do not, so that no graph tells of all files.
    return existsSync(whole) && !path.isAbsolute(located.value) ? refer(whole) : located.value;
  };
  return placed(value);
}
