import {DataType, Precision, type Vector} from 'apache-arrow';
import {floatFromHalf} from '../formats/small-floats.ts';
import type {Json} from '../base/json.ts';
import type {Numbers} from './numbers.ts';

/** A value of a table's cell in memory: `null` if it is missing. */
export type CellValue = unknown;

/** Whether a column holds numbers: one per row, a list of them, or bytes of fixed length, such as pixels. */
export function isNumeric(type: DataType): boolean {
  if (DataType.isDictionary(type)) return isNumeric(type.dictionary as DataType);
  if (DataType.isList(type) || DataType.isFixedSizeList(type)) {
    return DataType.isInt(type.valueType) || DataType.isFloat(type.valueType);
  }
  return DataType.isInt(type) || DataType.isFloat(type) || DataType.isFixedSizeBinary(type);
}

/** The numbers in a cell of a numeric column; empty if it is missing. */
export function numbersIn(value: CellValue): Numbers {
  if (value === null || value === undefined) return [];
  if (typeof value === 'number') return [value];
  if (typeof value === 'bigint') return [value];
  if (isVector(value)) return elementsOf(value);
  return value as Numbers;
}

/** Number of a list's elements that are shown. */
const shownElements = 8;

/** A cell as JSON. Of a long list only the first elements are given, and their total number. */
export function cellJson(value: CellValue): Json {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'bigint')
    return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Date) return value.toISOString();
  const elements =
    isVector(value) || ArrayBuffer.isView(value) ? [...(value as Iterable<unknown>)] : undefined;
  if (elements === undefined) return JSON.stringify(value, withoutBigints);
  const first = elements.slice(0, shownElements).map(cellJson);
  return elements.length > shownElements ? {length: elements.length, first} : first;
}

/** Whether two cells that are not numeric are equal. */
export function isSameCell(a: CellValue, b: CellValue): boolean {
  return a === b || JSON.stringify(a, withoutBigints) === JSON.stringify(b, withoutBigints);
}

function withoutBigints(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

function elementsOf(vector: Vector): Numbers {
  const isHalf = DataType.isFloat(vector.type) && vector.type.precision === Precision.HALF;
  return isHalf ? floatFromHalf(vector.toArray() as Uint16Array) : (vector.toArray() as Numbers);
}

function isVector(value: unknown): value is Vector {
  return typeof value === 'object' && value !== null && 'toArray' in value && 'nullCount' in value;
}
