import {parquetMetadata, parquetReadObjects, type Compressors, type FileMetaData} from 'hyparquet';
import {compressors} from 'hyparquet-compressors';
import {CorruptFile} from '../file-fault.ts';

/** A Parquet file whose list of columns was read. */
export interface ParquetFile {
  /** Names of the columns; a group of columns counts as one. */
  readonly columns: readonly string[];
  readonly rowCount: number;
  /** What those who wrote it say about it, such as `huggingface`. */
  readonly notes: ReadonlyMap<string, string>;
  /** All rows, of these columns. @throws CorruptFile */
  read(columns: readonly string[]): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

/** More rows than any data set of pictures has that fits into memory. */
const maxRows = 5_000_000;

/**
 * Opens a Parquet file.
 * @param file what to call it in an error
 * @throws CorruptFile
 */
export function openParquet(bytes: Uint8Array, file: string): ParquetFile {
  const buffer = bytes.buffer.slice(
    bytes.byteOffset,
    bytes.byteOffset + bytes.length,
  ) as ArrayBuffer;
  const {metadata, columns: names} = metadataOf(buffer, file);
  const rowCount = Number(metadata.num_rows);
  if (rowCount > maxRows) throw new CorruptFile(file, `refused: it has more than ${maxRows} rows`);
  return {
    columns: names,
    rowCount,
    notes: new Map(metadata.key_value_metadata?.map(({key, value = ''}) => [key, value])),
    read: async (columns) => {
      try {
        return await parquetReadObjects({
          file: buffer,
          metadata,
          columns: [...columns],
          compressors: boundedBy(bytes.length),
          utf8: false,
        });
      } catch (cause) {
        if (cause instanceof CorruptFile) throw cause;
        throw damaged(file, cause);
      }
    },
  };
}

function metadataOf(
  buffer: ArrayBuffer,
  file: string,
): {readonly metadata: FileMetaData; readonly columns: readonly string[]} {
  try {
    const metadata = parquetMetadata(buffer);
    const [root, ...elements] = metadata.schema;
    return {metadata, columns: topColumns(elements, root?.num_children ?? 0)};
  } catch (cause) {
    throw damaged(file, cause);
  }
}

function damaged(file: string, cause: unknown): CorruptFile {
  const reason = cause instanceof Error ? ` (${cause.message.slice(0, 200)})` : '';
  return new CorruptFile(file, `its Parquet data is damaged or cut short${reason}`, {cause});
}

/** The names in the first level of the schema, which is a tree written from left to right. */
function topColumns(elements: FileMetaData['schema'], count: number): readonly string[] {
  const names: string[] = [];
  let at = 0;
  const skip = (): void => {
    const children = elements[at++]?.num_children ?? 0;
    for (let i = 0; i < children && at < elements.length; i++) skip();
  };
  for (let i = 0; i < count && at < elements.length; i++) {
    names.push(elements[at]!.name);
    skip();
  }
  return names;
}

/** Pictures and numbers compress less than this; what compresses more is taken for a bomb … */
const maxCompression = 100;
/** … unless all of it is small. */
const smallBytes = 2 ** 28;

/** Decompressors that refuse to unpack more than a file of this size can hold. */
function boundedBy(fileBytes: number): Compressors {
  let left = smallBytes + maxCompression * fileBytes;
  return Object.fromEntries(
    Object.entries(compressors).map(([name, unpack]) => [
      name,
      (packed: Uint8Array, count: number): Uint8Array => {
        left -= count;
        if (left < 0) throw new RangeError('it unpacks to more than a file of its size can hold');
        return unpack(packed, count);
      },
    ]),
  );
}
