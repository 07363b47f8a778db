/** Carries a tile of a factor from the device's memory through a thread's registers to the workgroup's memory. */
import type {Code} from '../../../kernels/code.ts';
import {
  add,
  all,
  component,
  divide,
  f32,
  less,
  multiply,
  remainder,
  splat,
  subtract,
  thread,
  vector,
} from '../../../kernels/expressions.ts';
import type {Expression} from '../../../kernels/ir.ts';
import type {Cell, FactorReader, Place} from './factor.ts';

export interface TileOfFactor {
  readonly reader: FactorReader;
  /** Rows and depth of the factor. */
  readonly rows: number;
  readonly depth: number;
  /** Rows and depth of a tile; multiples of four. */
  readonly tileRows: number;
  readonly tileDepth: number;
  /** Which tile it is, counted along rows. */
  readonly tile: Expression;
  readonly threads: number;
  /** Threads that leave this factor to the others. */
  readonly skipped: number;
  /** Where its vectors of four rows begin in the workgroup's memory, and the distance from one depth to the next. */
  readonly sharedAt: number;
  readonly sharedStride: number;
}

export interface TileLoader {
  /** Reads the tile that begins at a depth into registers. */
  load(code: Code, depth: Expression): void;
  /** Puts what was read into the workgroup's memory. */
  store(code: Code): void;
}

/**
 * A unit is what a thread reads at once, always of four rows, as the workgroup's memory holds them: a vector along rows;
 * four vectors along depth, which the thread transposes; or four numbers, where there are no vectors.
 */
export function tileLoader(code: Code, tile: TileOfFactor): TileLoader {
  const units = unitsOf(code, tile);
  return {
    load: (within, depth) => units.forEach((unit) => loadUnit(within, tile, unit, depth)),
    store: (within) => units.forEach((unit) => storeUnit(within, tile, unit)),
  };
}

/** How many units a tile has. */
export function unitCount({isVector, inner}: FactorReader, rows: number, depth: number): number {
  return (rows * depth) / (isVector && inner === 'depth' ? 16 : 4);
}

interface Unit {
  /** Whether the thread has this unit; absent if all threads have it. */
  readonly isOwn: Expression | undefined;
  /** Of four rows, in the tile. */
  readonly rowIndex: Expression;
  /** In the tile; counts vectors if they are along depth. */
  readonly depthIndex: Expression;
  /** One for each register. */
  readonly rows: readonly {readonly place: Place; readonly condition: readonly Expression[]}[];
  readonly registers: readonly Variable[];
}

type Variable = Extract<Expression, {kind: 'local'}>;

function unitsOf(code: Code, tile: TileOfFactor): readonly Unit[] {
  const {reader, tileRows, tileDepth, threads, skipped} = tile;
  const isBlock = reader.isVector && reader.inner === 'depth';
  const count = unitCount(reader, tileRows, tileDepth);
  const rowUnits = tileRows / 4;
  const fast = reader.inner === 'rows' ? rowUnits : isBlock ? tileDepth / 4 : tileDepth;
  const own = code.let(skipped === 0 ? thread : subtract(thread, skipped), 'own');
  const fastIndex = code.let(remainder(own, fast), 'fast');
  const slowIndex = code.let(divide(own, fast), 'slow');
  const units: Unit[] = [];
  for (let first = 0; first < count; first += threads) {
    const slow = add(slowIndex, first / fast);
    const [rowIndex, depthIndex] = reader.inner === 'rows' ? [fastIndex, slow] : [slow, fastIndex];
    const sharesRows = reader.inner === 'rows' && units.length > 0;
    const isShort = count - first < threads;
    units.push({
      isOwn: isShort ? code.let(less(own, count - first), 'isOwn') : undefined,
      rowIndex,
      depthIndex,
      rows: sharesRows ? units[0]!.rows : rowsOf(code, tile, rowIndex),
      registers: registersOf(code, reader),
    });
  }
  return units;
}

function rowsOf(
  code: Code,
  {reader, rows, tileRows, tile}: TileOfFactor,
  rowIndex: Expression,
): Unit['rows'] {
  const isRagged = rows % tileRows !== 0;
  const four = code.let(add(multiply(tile, tileRows / 4), rowIndex), 'four');
  if (reader.isVector && reader.inner === 'rows') {
    const condition = isRagged ? [code.let(less(four, rows / 4), 'isRow')] : [];
    return [{place: reader.place(code, 'rows', four), condition}];
  }
  return [0, 1, 2, 3].map((lane) => {
    const row = code.let(add(multiply(four, 4), lane), 'row');
    const condition = isRagged ? [code.let(less(row, rows), 'isRow')] : [];
    return {place: reader.place(code, 'rows', row), condition};
  });
}

function registersOf(code: Code, {isVector, inner}: FactorReader): readonly Variable[] {
  const count = isVector && inner === 'rows' ? 1 : 4;
  const zero = isVector ? splat(f32(0)) : f32(0);
  return Array.from({length: count}, () => code.variable(zero, 'next'));
}

function loadUnit(code: Code, tile: TileOfFactor, unit: Unit, first: Expression): void {
  const {reader, depth: extent, tileDepth} = tile;
  const width = reader.isVector && reader.inner === 'depth' ? 4 : 1;
  code.if(unit.isOwn, (own) => {
    const depth = own.let(add(divide(first, width), unit.depthIndex), 'depth');
    const isDepth =
      extent % tileDepth === 0 ? [] : [own.let(less(depth, extent / width), 'isDepth')];
    const place = reader.place(own, 'depth', depth);
    unit.registers.forEach((register, i) => {
      const row = unit.rows[i]!;
      const {conditions, value} = reader.cell(row.place, place);
      loadCell(own, register, {value, conditions: [...row.condition, ...isDepth, ...conditions]});
    });
  });
}

/** A branch, so that nothing waits here for what is read. */
function loadCell(code: Code, register: Variable, {conditions, value}: Cell): void {
  if (conditions.length > 0)
    code.assign(register, register.type === 'vec4f' ? splat(f32(0)) : f32(0));
  code.if(all(conditions), (inside) => inside.assign(register, value));
}

function storeUnit(code: Code, {reader, sharedAt, sharedStride}: TileOfFactor, unit: Unit): void {
  const {registers, rowIndex, depthIndex} = unit;
  const at = (depth: Expression): Expression =>
    add(add(multiply(depth, sharedStride), rowIndex), sharedAt);
  code.if(unit.isOwn, (own) => {
    if (reader.isVector && reader.inner === 'depth') {
      for (const lane of [0, 1, 2, 3] as const) {
        const four = registers.map((register) => component(register, lane));
        own.storeShared(at(add(multiply(depthIndex, 4), lane)), vector(four));
      }
      return;
    }
    own.storeShared(at(depthIndex), registers.length === 1 ? registers[0]! : vector(registers));
  });
}
