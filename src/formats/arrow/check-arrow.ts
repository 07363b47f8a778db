import type {FileHandle} from 'node:fs/promises';
import {CorruptFile} from '../file-fault.ts';
import {readExactly} from '../read-exactly.ts';
import {findTornEnd} from '../signature.ts';
import {FlatTable} from './flatbuffer.ts';

/** The footer's length and the magic after it, in bytes. */
const tailBytes = 4 + 6;

/** Size limit of a footer, which holds only the columns' types and the positions of the rows. */
const maxFooterBytes = 1 << 26;

/**
 * Checks that all offsets and lengths of an Arrow file lie within it. The library trusts them: made-up lengths would
 * exhaust memory, and a block that disagrees with the footer would make it loop for ever.
 * @throws CorruptFile; or the file system's error
 */
export async function checkArrow(handle: FileHandle, size: number, file: string): Promise<void> {
  const torn = await findTornEnd('arrow', handle, size);
  if (torn === 'start') throw new CorruptFile(file, 'not an Arrow file');
  if (torn === 'end') {
    throw new CorruptFile(file, 'cut short: the end of the Arrow file is missing');
  }
  const read: Read = async (position, length) => {
    if (position < 0) throw new RangeError('A part lies before the file.');
    if (position + length > size) throw new RangeError('A part lies behind the file.');
    return await readExactly({handle, path: file}, position, length);
  };
  try {
    const footer = FlatTable.root(await readFooter(read, size));
    checkSchema(footer);
    await checkBlocks(footer, read, size);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new CorruptFile(file, 'damaged: its structure is invalid', {cause});
  }
}

/** The bytes from a position of the file. Rejects with a `RangeError` where it has none. */
type Read = (position: number, length: number) => Promise<Buffer>;

async function readFooter(read: Read, size: number): Promise<Buffer> {
  const length = (await read(size - tailBytes, 4)).readInt32LE();
  if (length < 4 || length > maxFooterBytes) throw new RangeError(`A footer of ${length} bytes.`);
  return await read(size - tailBytes - length, length);
}

/**
 * Fields of the footer: version, schema, dictionaries, record batches. Fields of the schema: endianness, fields,
 * metadata.
 */
function checkSchema(footer: FlatTable): void {
  const schema = footer.table(1);
  if (schema === undefined) throw new RangeError('There is no schema.');
  checkTexts(schema, 2);
  // A field takes more than four bytes, so a larger number of fields must be circular references.
  let left = footer.bytes.length / 4;
  const pending = [...schema.tables(1)];
  for (const column of pending) checkText(column, 0);
  for (let field = pending.pop(); field !== undefined; field = pending.pop()) {
    if (--left < 0) throw new RangeError('The columns contain themselves.');
    checkTexts(field, 6);
    pending.push(...field.tables(5));
  }
}

/** Checks a list of names and texts. */
function checkTexts(table: FlatTable, field: number): void {
  for (const pair of table.tables(field)) {
    checkText(pair, 0);
    checkText(pair, 1);
  }
}

/** Checks that a text exists: for a missing one the library gives `null`, contrary to its types. */
function checkText(table: FlatTable, field: number): void {
  if (table.list(field, 1).begin === 0) throw new RangeError('A name or a text is missing.');
}

/** The kinds of message in blocks. */
const dictionaryBatch = 2;
const recordBatch = 3;

async function checkBlocks(footer: FlatTable, read: Read, size: number): Promise<void> {
  let left = size;
  for (const [field, kind] of [
    [2, dictionaryBatch],
    [3, recordBatch],
  ] as const) {
    for (const place of footer.places(field, 24)) {
      const offset = Number(footer.bytes.readBigInt64LE(place));
      const headBytes = footer.bytes.readInt32LE(place + 8);
      const bodyBytes = Number(footer.bytes.readBigInt64LE(place + 16));
      left -= headBytes + bodyBytes;
      if (Math.min(headBytes - 8, bodyBytes, left) < 0) {
        throw new RangeError('The blocks are larger than the file.');
      }
      const message = FlatTable.root(await readHead(read, offset, headBytes));
      checkMessage(message, kind, bodyBytes);
    }
  }
}

/** The message before a block's body. Its length comes first: in four bytes, or after four bytes that are all ones. */
async function readHead(read: Read, offset: number, headBytes: number): Promise<Buffer> {
  const head = await read(offset, headBytes);
  const begin = head.readInt32LE() === -1 ? 8 : 4;
  if (head.readInt32LE(begin - 4) !== headBytes - begin) {
    throw new RangeError('A block does not begin where the footer says.');
  }
  return head.subarray(begin);
}

/** Fields of a message: version, kind, header, length of the body. */
function checkMessage(message: FlatTable, kind: number, bodyBytes: number): void {
  const header = message.table(2);
  if (message.byte(1) !== kind || header === undefined || message.long(3) !== bodyBytes) {
    throw new RangeError('A block is not what the footer says.');
  }
  const batch = kind === recordBatch ? header : header.table(1);
  if (batch !== undefined) checkBatch(batch, bodyBytes);
}

/** Fields of a batch: its rows; rows and nulls of each column; offsets of each column's buffers. */
function checkBatch(batch: FlatTable, bodyBytes: number): void {
  const {bytes} = batch;
  const nodes = Array.from(batch.places(1, 16), (place) => Number(bytes.readBigInt64LE(place)));
  for (const rows of [batch.long(0), ...nodes]) {
    // A column takes at least one bit per row.
    if (rows < 0 || rows > 8 * bodyBytes) throw new RangeError(`${rows} rows do not fit.`);
  }
  for (const place of batch.places(2, 16)) {
    const begin = Number(bytes.readBigInt64LE(place));
    const length = Number(bytes.readBigInt64LE(place + 8));
    if (Math.min(begin, length) < 0 || begin + length > bodyBytes) {
      throw new RangeError('A column lies outside of its block.');
    }
  }
}
