import {createWriteStream} from 'node:fs';
import {open} from 'node:fs/promises';
import type {FileHandle} from 'node:fs/promises';
import {Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {
  RecordBatch,
  RecordBatchFileWriter,
  RecordBatchReader,
  Struct,
  makeData,
} from 'apache-arrow';
import type {Data, Schema} from 'apache-arrow';
import {CorruptFile, FileFault} from './file-fault.ts';

/** The first and the last bytes of every Arrow IPC file. */
const magic = 'ARROW1';

/** A record batch of these columns, one for each field of the schema, all of `length` rows. */
export function recordBatch(schema: Schema, length: number, columns: readonly Data[]): RecordBatch {
  const type = new Struct(schema.fields);
  return new RecordBatch(
    schema,
    makeData<Struct>({type, length, nullCount: 0, children: [...columns]}),
  );
}

/** Writes an Arrow IPC file. At least one batch is needed, for the schema. Columns are not copied. */
export async function writeBatches(path: string, batches: Iterable<RecordBatch>): Promise<void> {
  const writer = RecordBatchFileWriter.writeAll(batches);
  await pipeline(Readable.from(writer), createWriteStream(path));
}

/** The schema of an Arrow IPC file, and its batches, read one at a time as they are asked for. */
export interface ArrowFile {
  readonly schema: Schema;
  readonly sizeBytes: number;
  readonly batches: AsyncIterable<RecordBatch>;
}

/**
 * Opens an Arrow IPC file for as long as `use` runs.
 * @throws CorruptFile, also for whatever goes wrong in taking the file apart; or the file system's error
 */
export async function readArrowFile<T>(
  path: string,
  use: (file: ArrowFile) => Promise<T>,
): Promise<T> {
  const handle = await open(path, 'r');
  try {
    const {size: sizeBytes} = await handle.stat();
    await assertMagic(handle, sizeBytes, path);
    const batches = await RecordBatchReader.from(handle);
    await batches.open();
    return await use({schema: batches.schema, sizeBytes, batches});
  } catch (cause) {
    if (cause instanceof FileFault) throw cause;
    throw new CorruptFile(path, 'damaged: it cannot be read as an Arrow file', {cause});
  } finally {
    await handle.close();
  }
}

async function assertMagic(handle: FileHandle, sizeBytes: number, path: string): Promise<void> {
  const ends = Buffer.alloc(2 * magic.length);
  await handle.read(ends, 0, magic.length, 0);
  if (ends.toString('latin1', 0, magic.length) !== magic) {
    throw new CorruptFile(path, 'not an Arrow file');
  }
  await handle.read(ends, magic.length, magic.length, Math.max(0, sizeBytes - magic.length));
  // The footer and what closes it take more than 16 bytes beyond the two magics.
  if (ends.toString('latin1', magic.length) !== magic || sizeBytes < 32) {
    throw new CorruptFile(path, 'cut short: the end of the Arrow file is missing');
  }
}
