import {createWriteStream} from 'node:fs';
import {open} from 'node:fs/promises';
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
import {readFlags} from '../../base/read-text.ts';
import {checkArrow} from './check-arrow.ts';
import {CorruptFile, FileFault} from '../file-fault.ts';

/** A record batch of `length` rows, with one column for each field of the schema. */
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

/** An open Arrow IPC file: its schema, and its batches, which are read one at a time on demand. */
export interface ArrowFile {
  readonly schema: Schema;
  readonly sizeBytes: number;
  readonly batches: AsyncIterable<RecordBatch>;
}

/**
 * Opens an Arrow IPC file while `use` runs.
 * @throws CorruptFile, also for any error of the library in parsing the file; or the file system's error
 */
export async function readArrowFile<T>(
  path: string,
  use: (file: ArrowFile) => Promise<T>,
): Promise<T> {
  const handle = await open(path, readFlags);
  try {
    const {size: sizeBytes} = await handle.stat();
    await checkArrow(handle, sizeBytes, path);
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
