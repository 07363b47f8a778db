import {
  Field,
  Float64,
  Int32,
  List,
  Schema,
  Utf8,
  makeData,
  vectorFromArray,
  type Data,
} from 'apache-arrow';
import {recordBatch, writeBatches} from '../../formats/arrow/arrow-file.ts';
import type {LoggedHistogram} from '../data/histogram.ts';

const numbers = ['min', 'max', 'count', 'sum', 'sumSquares'] as const;
const lists = ['limits', 'counts'] as const;

/** One histogram per row: iteration, name, five numbers, and two lists of float64. */
const schema = new Schema([
  new Field('iteration', new Int32(), false),
  new Field('name', new Utf8(), false),
  ...numbers.map((name) => new Field(name, new Float64(), false)),
  ...lists.map((name) => new Field(name, listType(), false)),
]);

/** Writes histograms as an Arrow IPC file; the same histograms give the same bytes. */
export async function writeHistograms(
  path: string,
  rows: readonly LoggedHistogram[],
): Promise<void> {
  const columns = [
    makeData({type: new Int32(), data: Int32Array.from(rows, ({iteration}) => iteration)}),
    textData(rows.map(({name}) => name)),
    ...numbers.map((name) =>
      makeData({type: new Float64(), data: Float64Array.from(rows, (row) => row[name])}),
    ),
    ...lists.map((name) => listData(rows.map((row) => row[name]))),
  ];
  await writeBatches(path, [recordBatch(schema, rows.length, columns)]);
}

function listType(): List<Float64> {
  return new List(new Field('item', new Float64(), false));
}

function listData(lists: readonly Float64Array[]): Data<List<Float64>> {
  const offsets = new Int32Array(lists.length + 1);
  lists.forEach((list, i) => (offsets[i + 1] = offsets[i]! + list.length));
  const values = new Float64Array(offsets.at(-1)!);
  lists.forEach((list, i) => values.set(list, offsets[i]));
  return makeData({
    type: listType(),
    length: lists.length,
    nullCount: 0,
    valueOffsets: offsets,
    child: makeData({type: new Float64(), data: values}),
  });
}

function textData(texts: readonly string[]): Data<Utf8> {
  // Arrow's builder gives no chunk for an empty column.
  if (texts.length === 0) return makeData({type: new Utf8(), length: 0, valueOffsets: [0]});
  return vectorFromArray([...texts], new Utf8()).data[0]!;
}
