import {
  Binary,
  Field,
  Int32,
  Schema,
  Utf8,
  makeData,
  vectorFromArray,
  type Data,
} from 'apache-arrow';
import {CorruptFile} from '../../formats/file-fault.ts';
import {readArrowFile, recordBatch, writeBatches} from '../../formats/arrow/arrow-file.ts';
import type {LoggedPicture} from '../data/picture.ts';

/** One picture per row. */
const schema = new Schema([
  new Field('iteration', new Int32(), false),
  new Field('name', new Utf8(), false),
  new Field('png', new Binary(), false),
]);

/** Writes pictures as an Arrow IPC file, one batch each; the same pictures give the same bytes. */
export async function writePictures(path: string, rows: readonly LoggedPicture[]): Promise<void> {
  const batches = rows.map(({iteration, name, png}) =>
    recordBatch(schema, 1, [
      makeData({type: new Int32(), data: Int32Array.of(iteration)}),
      vectorFromArray([name], new Utf8()).data[0]!,
      binaryData(png),
    ]),
  );
  await writeBatches(path, batches.length > 0 ? batches : [noPictures()]);
}

/** @throws CorruptFile if the file is damaged or is another table */
export async function readPictures(path: string): Promise<readonly LoggedPicture[]> {
  return readArrowFile(path, async (file) => {
    if (String(file.schema) !== String(schema)) {
      throw new CorruptFile(path, `not pictures: its columns are ${String(file.schema)}`);
    }
    const rows: LoggedPicture[] = [];
    for await (const batch of file.batches) {
      for (const row of batch.toArray() as unknown as readonly LoggedPicture[]) {
        rows.push({iteration: row.iteration, name: row.name, png: row.png.slice()});
      }
    }
    return rows;
  });
}

function noPictures(): ReturnType<typeof recordBatch> {
  return recordBatch(schema, 0, [
    makeData({type: new Int32(), data: new Int32Array(0)}),
    makeData({type: new Utf8(), length: 0, valueOffsets: [0]}),
    makeData({type: new Binary(), length: 0, valueOffsets: [0]}),
  ]);
}

function binaryData(bytes: Uint8Array): Data<Binary> {
  return makeData({
    type: new Binary(),
    length: 1,
    nullCount: 0,
    valueOffsets: Int32Array.of(0, bytes.length),
    data: bytes,
  });
}
