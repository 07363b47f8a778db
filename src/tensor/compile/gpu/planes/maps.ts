/**
 * Winograd's maps within planes. Tiles overlap, and are divided among threads in another way than pixels are: threads
 * hand each other pixels through the workgroup's memory, which holds one plane.
 */
import type {Code} from '../../../kernels/code.ts';
import {add, all, f32, less, select, shared, splat, thread} from '../../../kernels/expressions.ts';
import type {Expression} from '../../../kernels/ir.ts';
import {loadVector, storeVector} from '../access.ts';
import {matrixOf} from '../kernels/winograd.ts';
import type {Node} from '../node.ts';
import {imagesOf, makesPoints, type PlaneMap} from './members.ts';
import {roundsOf, TileLine, type MapRound, type Pixel} from './tiles.ts';
import type {Writer} from './writer.ts';

const zero = splat(f32(0));

export function writeMap(writer: Writer, node: Node, op: PlaneMap): void {
  if (makesPoints(node)) writePoints(writer, node, op);
  else if (op.kind === 'transformOutput') writeResult(writer, node, op);
  else writeImages(writer, node, op);
}

/** From pixels, zero beyond the plane, to points. */
function writePoints(writer: Writer, node: Node, op: PlaneMap): void {
  const {code, grid, operands, values, exchange} = writer;
  const operand = node.operands[0]!;
  const slots = grid.slots(grid.levelOf(operand.shape));
  const pixels = slots.map((slot) => values.at(operand, operand.shape, slot));
  exchange.write();
  slots.forEach(({isOwn, cell}, index) => {
    code.if(isOwn, (block) => block.storeShared(cell, pixels[index]!));
  });
  exchange.read();
  const target = operands.targets.get(node.id)!;
  eachRound(writer, op, (body, round) => {
    const row = new TileLine(body, round, matrixOf(op)[0]!.length);
    body.if(row.isThere, (block) => {
      const under = row.rowPixels(block);
      row.mapRow(block, (column) => {
        const pixel = under[column];
        return pixel === undefined ? zero : insideOnly(pixel, shared(pixel.cell));
      });
    });
    body.barrier();
    const column = new TileLine(body, round, matrixOf(op).length);
    body.if(column.isThere, (block) => {
      column.mapColumn(block, (at, value) => {
        storeVector(block, target, column.point(at, column.line), value);
      });
    });
  });
}

/** From points to the pixels of tiles that do not overlap. */
function writeResult(writer: Writer, node: Node, op: PlaneMap): void {
  writer.exchange.write();
  eachRound(writer, op, (body, round) => {
    readPoints(writer, node, body, round);
    body.barrier();
    const column = new TileLine(body, round, matrixOf(op).length);
    body.if(column.isThere, (block) => {
      const pixels = column.columnPixels(block);
      column.mapColumn(block, (row, value) => {
        const pixel = pixels[row];
        if (pixel === undefined) return;
        block.if(pixel.isInside, (own) => own.storeShared(pixel.cell, value));
      });
    });
  });
  takePixels(writer, node);
}

/**
 * From points to pixels, to which up to four tiles add: what lies under a tile reaches two rows and two columns into the
 * tiles after it. Tiles take turns in four parts, in each of which no two of them meet, so that each number is added in
 * the same order every time.
 */
function writeImages(writer: Writer, node: Node, op: PlaneMap): void {
  const {code, grid, exchange} = writer;
  const {threads, lanes} = grid.geometry;
  const [, height, width] = imagesOf(op);
  exchange.write();
  code.for({from: thread, below: height * width * lanes, step: threads}, (body, cell) =>
    body.storeShared(cell, zero),
  );
  eachRound(writer, op, (body, round) => {
    readPoints(writer, node, body, round);
    body.barrier();
    const column = new TileLine(body, round, op.tile + 2);
    const pixels = column.columnPixels(body);
    const summands: (Summand | undefined)[] = pixels.map(
      (pixel) => pixel && {...pixel, value: body.variable(zero, 'kept')},
    );
    body.if(column.isThere, (block) => {
      column.mapColumn(block, (row, value) => {
        const summand = summands[row];
        if (summand !== undefined) block.assign(summand.value, value);
      });
    });
    const {line, isThere} = column;
    const rows = [summands.slice(0, op.tile), summands.slice(op.tile)];
    const columns = [less(line, op.tile), less(op.tile - 1, line)];
    const parts = rows.flatMap((part) => columns.map((isPart) => ({part, isPart})));
    parts.forEach(({part, isPart}, index) => {
      if (index > 0) body.barrier();
      const isTurn = isThere === undefined ? isPart : all([isThere, isPart]);
      body.if(isTurn, (block) => addAll(block, part));
    });
  });
  takePixels(writer, node);
}

interface Summand extends Pixel {
  readonly value: ReturnType<Code['variable']>;
}

/** Reads before it writes, so that a thread waits for its memory once. */
function addAll(code: Code, part: readonly (Summand | undefined)[]): void {
  const summands = part.filter((summand) => summand !== undefined);
  const totals = summands.map((summand) =>
    code.let(insideOnly(summand, add(shared(summand.cell), summand.value)), 'total'),
  );
  summands.forEach(({cell, isInside}, index) => {
    code.if(isInside, (block) => block.storeShared(cell, totals[index]!));
  });
}

function insideOnly({isInside}: Pixel, value: Expression): Expression {
  return isInside === undefined ? value : select(isInside, value, zero);
}

/** Each thread reads a row of points and hands it on. */
function readPoints({operands}: Writer, node: Node, body: Code, round: MapRound): void {
  const source = operands.outside.get(node.operands[0]!.id)!;
  const row = new TileLine(body, round, round.op.tile + 2);
  body.if(row.isThere, (block) =>
    row.mapRow(block, (column) => loadVector(source, row.point(row.line, column))),
  );
}

/** Each thread takes its pixels of the plane that lies in the workgroup's memory. */
function takePixels({grid, values, exchange}: Writer, node: Node): void {
  exchange.read();
  for (const slot of grid.slots(grid.levelOf(node.shape))) {
    values.set(node, slot, shared(slot.cell));
  }
}

/** Divides the tiles of the image among rounds. */
function eachRound(
  {code, grid, cells}: Writer,
  op: PlaneMap,
  write: (body: Code, round: MapRound) => void,
): void {
  const rounds = roundsOf(op, grid.geometry, cells);
  const tiles = op.down * op.across;
  code.for({below: tiles, step: rounds.tiles, name: 'first'}, (body, first) => {
    // Columns of the round before may still read what rows handed them.
    if (rounds.tiles < tiles) body.barrier();
    write(body, {grid, op, rounds, first});
  });
}
