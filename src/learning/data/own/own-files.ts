import {open, readFile, stat} from 'node:fs/promises';
import {readTree} from '../../../formats/archives/file-tree.ts';
import type {TreeFile} from '../../../formats/archives/tree-file.ts';
import {CorruptFile} from '../../../formats/file-fault.ts';
import {isPicturePath, unreadKind} from '../../../formats/pictures/decode-picture.ts';
import {readUpTo} from '../../../formats/read-exactly.ts';
import {startsAs} from '../../../formats/signature.ts';
import {isMetadata} from './metadata-layout.ts';

/** Kinds of data, and the order in which one is chosen where a folder has several. */
const kinds = ['pictures', 'npy', 'parquet', 'csv'] as const;
export type OwnKind = (typeof kinds)[number];

/** What a folder, an archive or a single file of the user's has. */
export interface OwnFiles {
  readonly kind: OwnKind;
  /** Of the files of this kind; a single file has the path ''. */
  readonly paths: readonly string[];
  readonly hasMetadata: boolean;
  /** Pictures of kinds that are not read, by their endings. */
  readonly unread: ReadonlyMap<string, readonly string[]>;
  /** The files of this kind. */
  readonly files: () => AsyncIterable<TreeFile>;
  /** The tables of labels beside pictures. */
  readonly metadata: () => AsyncIterable<TreeFile>;
}

/** An array or a table may be far larger than a picture; Node.js reads less than this at once. */
const maxFileBytes = 2 ** 31 - 1;

/** Looks at what is there, by its names, or by the first bytes of a single file. @throws CorruptFile if nothing is read */
export async function findOwnFiles(path: string): Promise<OwnFiles> {
  const single = await singleKind(path);
  if (single !== undefined) {
    const file = {path: '', read: async () => await readWhole(path)};
    return {
      kind: single,
      paths: [''],
      hasMetadata: false,
      unread: new Map(),
      files: () => once(file),
      metadata: () => once(),
    };
  }
  const found = new Map<OwnKind | 'metadata' | 'other', string[]>();
  const unread = new Map<string, string[]>();
  for await (const {path: name} of readTree(path, {maxFileBytes})) {
    push(found, kindOf(name), name);
    const ending = unreadKind(name);
    if (ending !== undefined) push(unread, ending, name);
  }
  const kind = kinds.find((one) => found.has(one));
  if (kind === undefined) throw new CorruptFile(path, nothingText(found.get('other') ?? []));
  return {
    kind,
    paths: found.get(kind)!,
    hasMetadata: found.has('metadata'),
    unread,
    files: () => only(path, kind),
    metadata: () => only(path, 'metadata'),
  };
}

/** What a single file is, by how it begins; `undefined`: a folder or an archive. */
async function singleKind(path: string): Promise<OwnKind | undefined> {
  if ((await stat(path)).isDirectory()) return undefined;
  await using handle = await open(path);
  const head = await readUpTo(handle, 0, 512);
  if (startsAs('npy', head)) return 'npy';
  if (startsAs('parquet', head)) return 'parquet';
  const isText = head.length > 0 && !head.some((byte) => byte < 9);
  return isText && /[,;\t]/.test(head.toString('latin1')) ? 'csv' : undefined;
}

function kindOf(path: string): OwnKind | 'metadata' | 'other' {
  if (isMetadata(path)) return 'metadata';
  if (isPicturePath(path)) return 'pictures';
  if (/\.npy$/i.test(path)) return 'npy';
  if (/\.parquet$/i.test(path)) return 'parquet';
  return /\.(csv|tsv)$/i.test(path) ? 'csv' : 'other';
}

/** For messages: what is looked for. */
const expected =
  'train/<class>/<picture> (JPEG, PNG, WebP, GIF, BMP) with test or val beside train, <class>/<picture>, arrays (.npy, .npz), .parquet or .csv';

function nothingText(others: readonly string[]): string {
  const seen =
    others.length === 0
      ? 'It is empty'
      : `It has ${others.length} other files, such as ${others[0]}`;
  return `no pictures where they are expected: ${expected}. ${seen}`;
}

async function* only(path: string, kind: OwnKind | 'metadata'): AsyncGenerator<TreeFile> {
  for await (const file of readTree(path, {maxFileBytes})) {
    if (kindOf(file.path) === kind) yield file;
  }
}

async function* once(...files: readonly TreeFile[]): AsyncGenerator<TreeFile> {
  yield* files;
}

async function readWhole(path: string): Promise<Uint8Array> {
  const {size} = await stat(path);
  if (size > maxFileBytes)
    throw new CorruptFile(path, `refused: it has more than ${maxFileBytes} bytes`);
  return await readFile(path);
}

function push<Key>(map: Map<Key, string[]>, key: Key, value: string): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
