import {posix} from 'node:path';
import {parse} from 'csv-parse/sync';
import {CorruptFile} from '../../../formats/file-fault.ts';
import type {TreeFile} from '../../../formats/archives/tree-file.ts';
import type {PictureLayout, PictureSplit} from '../pictures.ts';
import {splitNamed} from './labelled-pixels.ts';

/** Whether a file says of which class pictures are, as in an ImageFolder of Hugging Face. */
export function isMetadata(path: string): boolean {
  return /(^|\/)metadata\.(jsonl|csv)$/.test(path);
}

type Labels = ReadonlyMap<string, string>;

/**
 * The labels of pictures by path, from the columns `file_name` and `label` of these files; `undefined` if no file has both.
 * @throws CorruptFile
 */
export async function readMetadata(
  files: AsyncIterable<TreeFile>,
  name: string,
): Promise<{readonly labels: Labels | undefined; readonly columns: readonly string[]}> {
  const labels = new Map<string, string>();
  const columns = new Set<string>();
  for await (const file of files) {
    const {path} = file;
    const folder = posix.dirname(path);
    for (const record of recordsOf(await file.read(), path, name)) {
      for (const column of Object.keys(record)) columns.add(column);
      const {file_name: picture, label} = record;
      const isLabel = typeof label === 'string' || typeof label === 'number';
      if (typeof picture !== 'string' || !isLabel) continue;
      labels.set(posix.join(folder, picture), String(label));
    }
  }
  return {labels: labels.size === 0 ? undefined : labels, columns: [...columns]};
}

function recordsOf(
  bytes: Uint8Array,
  path: string,
  name: string,
): readonly Readonly<Record<string, unknown>>[] {
  const text = new TextDecoder().decode(bytes);
  try {
    if (path.endsWith('.csv'))
      return parse(text, {bom: true, columns: true, skip_empty_lines: true});
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    return lines.map((line) => {
      const record: unknown = JSON.parse(line);
      if (record === null || typeof record !== 'object') throw new Error('a line is no object');
      return record as Readonly<Record<string, unknown>>;
    });
  } catch (cause) {
    const reason = cause instanceof Error ? ` (${cause.message.slice(0, 200)})` : '';
    throw new CorruptFile(`${name}: ${path}`, `it cannot be read${reason}`, {cause});
  }
}

/** Pictures whose classes a table has; their split is the one that a folder above them names. */
export function metadataLayout(
  labels: Labels,
  folders: readonly string[] | undefined,
): PictureLayout {
  const wanted = folders && new Set(folders);
  return {
    splitOf: (path): PictureSplit | undefined => {
      const label = labels.get(path);
      const isWanted = label !== undefined && (wanted?.has(label) ?? true);
      return isWanted ? (splitNamed(posix.dirname(path)) ?? 'train') : undefined;
    },
    classOf: (path) => labels.get(path),
  };
}
