/** The block size of a tar archive (POSIX.1-2017, pax, "ustar Interchange Format"). */
export const blockBytes = 512;

/** Headers that describe the entries after them: `pax` the next one, `global-pax` all. */
export type TarMeta = 'pax' | 'global-pax' | 'long-name' | 'long-link';

/** GNU tar's notes, which are no files: `volume-label` is the name of an archive, `listing` the names in a folder. */
export type TarNote = 'volume-label' | 'listing';

/** The kind of an entry: a file, a folder, or a kind that archives of pictures do not use. */
export type TarKind =
  | TarMeta
  | TarNote
  | 'file'
  | 'folder'
  | 'link'
  | 'symlink'
  | 'character-device'
  | 'block-device'
  | 'fifo'
  | 'sparse file'
  | 'thing of unknown kind';

/** The fields of a header block. */
export interface TarHeader {
  readonly name: string;
  readonly kind: TarKind;
  /** NaN if the header has no whole number from 0 to 2⁵³ − 1. */
  readonly sizeBytes: number;
}

/** Kinds by their type flag; `L`, `K`, `S`, `V` and `D` are GNU's, and `N` is GNU's older form of `L`. */
const kinds: ReadonlyMap<string, TarKind> = new Map([
  ['\0', 'file'],
  ['0', 'file'],
  ['1', 'link'],
  ['2', 'symlink'],
  ['3', 'character-device'],
  ['4', 'block-device'],
  ['5', 'folder'],
  ['6', 'fifo'],
  ['7', 'file'],
  ['x', 'pax'],
  ['g', 'global-pax'],
  ['L', 'long-name'],
  ['N', 'long-name'],
  ['K', 'long-link'],
  ['S', 'sparse file'],
  ['V', 'volume-label'],
  ['D', 'listing'],
]);

/** Parses the header in a block; `undefined` if its checksum is wrong. */
export function parseTarHeader(block: Buffer): TarHeader | undefined {
  if (block.length !== blockBytes || checksumOf(block) !== numberIn(block, 148, 156)) return;
  const short = textIn(block, 0, 100);
  // Only the POSIX form has a prefix of folders before the name; GNU's magic number ends with a space.
  const folders = block.toString('latin1', 257, 263) === 'ustar\0' ? textIn(block, 345, 500) : '';
  return {
    name: folders === '' ? short : `${folders}/${short}`,
    kind: kinds.get(block.toString('latin1', 156, 157)) ?? 'thing of unknown kind',
    sizeBytes: numberIn(block, 124, 136),
  };
}

/** The sum of a header's bytes, with spaces in place of the checksum. */
function checksumOf(block: Buffer): number {
  return block.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0);
}

/** Parses a number: octal digits between spaces or NULs or, for larger ones, binary after a byte 0x80 (GNU, star). */
function numberIn(block: Buffer, from: number, to: number): number {
  if (block[from] === 0x80) {
    const value = BigInt(`0x${block.toString('hex', from + 1, to)}`);
    return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : Number.NaN;
  }
  const [, digits] = /^[ \0]*([0-7]*)(?:[ \0].*)?$/s.exec(block.toString('latin1', from, to)) ?? [];
  return digits === '' ? 0 : Number.parseInt(digits ?? '', 8);
}

function textIn(block: Buffer, from: number, to: number): string {
  return textUpToNul(block.subarray(from, to));
}

function textUpToNul(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end === -1 ? bytes.length : end);
}

/** Fields from the headers before an entry, which override its own header. */
export interface EntryFields {
  readonly name?: string;
  /** NaN if it is no whole number. */
  readonly sizeBytes?: number;
  /** Set if a pax header says that an entry whose own header calls it a file is a sparse file. */
  readonly kind?: 'sparse file';
}

/** Parses a header that precedes an entry. @throws RangeError if it is damaged */
export function parseMeta(kind: TarMeta, bytes: Buffer): EntryFields {
  switch (kind) {
    case 'pax':
    case 'global-pax':
      return parsePax(bytes);
    case 'long-name':
      return {name: textUpToNul(bytes)};
    case 'long-link':
      return {};
  }
}

/** The records of a pax header, each `<its length> <key>=<value>\n`. */
function parsePax(bytes: Buffer): EntryFields {
  const fields: {name?: string; sizeBytes?: number; kind?: 'sparse file'} = {};
  for (let at = 0; at < bytes.length && bytes[at] !== 0;) {
    const space = bytes.indexOf(0x20, at);
    const digits = bytes.toString('latin1', at, Math.min(Math.max(space, at), at + 16));
    const end = at + Number(digits);
    if (!/^\d+$/.test(digits) || end <= space + 1 || bytes[end - 1] !== 0x0a) {
      throw new RangeError('a record of a pax header is damaged');
    }
    const [key, value] = splitAtEquals(bytes.toString('utf8', space + 1, end - 1));
    // The path of a sparse file is made up; GNU tar stores the real one in a record of its own.
    if (/^(path|GNU\.sparse\.name)$/.test(key) && value !== '') fields.name = value;
    if (key.startsWith('GNU.sparse.')) fields.kind = 'sparse file';
    if (key === 'size') fields.sizeBytes = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
    at = end;
  }
  return fields;
}

function splitAtEquals(record: string): readonly [key: string, value: string] {
  const at = record.indexOf('=');
  return [record.slice(0, Math.max(at, 0)), record.slice(at + 1)];
}
