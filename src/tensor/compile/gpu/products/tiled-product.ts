/** Writes products in tiles: a workgroup computes a tile of the result, a thread some vectors of it. */
import type {Code} from '../../../kernels/code.ts';
import {
  add,
  all,
  component,
  divide,
  f32,
  less,
  max,
  min,
  multiply,
  remainder,
  shared,
  splat,
  subtract,
  thread,
  u32,
} from '../../../kernels/expressions.ts';
import type {Expression} from '../../../kernels/ir.ts';
import type {Access} from '../access.ts';
import type {ProductOp} from '../node.ts';
import {factorReader} from './factor.ts';
import {storeInLine} from './result.ts';
import {productThreads, sharedOf, type Tile, type Tiling} from './tiles.ts';
import {tileLoader, unitCount, type TileLoader} from './tile-loader.ts';

type Variable = Extract<Expression, {kind: 'local'}>;

/** What a workgroup computes. */
interface Work {
  readonly part: Expression;
  readonly batch: Expression;
  /** The number of the tile, down and across. */
  readonly down: Expression;
  readonly across: Expression;
}

/** What a thread computes of a tile: every `rowStep`th vector of rows and `columnStep`th vector of columns from here. */
interface Share {
  readonly row: Expression;
  readonly column: Expression;
  /** For each of the rows, for each vector of columns. */
  readonly sums: readonly (readonly Variable[])[];
}

interface Range {
  readonly from: Expression;
  readonly below: Expression;
}

export class TiledProduct {
  readonly #op: ProductOp;
  readonly #factors: readonly Access[];
  readonly #tiling: Tiling;

  /** @param factors of all pairs, left before right */
  constructor(op: ProductOp, factors: readonly Access[], tiling: Tiling) {
    this.#op = op;
    this.#factors = factors;
    this.#tiling = tiling;
  }

  /** @param target of the node's shape, or with the parts before it */
  write(code: Code, group: Expression, target: Access): void {
    const {tile} = this.#tiling;
    const work = this.#workOf(code, group);
    const share = {
      column: code.let(remainder(thread, columnStep(tile)), 'column'),
      row: code.let(divide(thread, columnStep(tile)), 'row'),
      sums: Array.from({length: tile.rows * 4}, () =>
        Array.from({length: tile.columns}, () => code.variable(splat(f32(0)), 'sum')),
      ),
    };
    this.#op.pairs.forEach((_, pair) => this.#addPair(code, pair, work, share));
    this.#store(code, work, share, target);
  }

  /** Neighbouring workgroups have the same rows, and then the same batch. */
  #workOf(code: Code, group: Expression): Work {
    const {batch} = this.#op;
    const {tilesDown, tilesAcross} = this.#tiling;
    const behind = code.let(divide(group, tilesAcross), 'behind');
    const outer = code.let(divide(group, tilesAcross * tilesDown), 'outer');
    return {
      across: code.let(remainder(group, tilesAcross), 'across'),
      down: code.let(remainder(behind, tilesDown), 'down'),
      batch: code.let(remainder(outer, batch), 'batch'),
      part: code.let(divide(outer, batch), 'part'),
    };
  }

  /** Adds the product of a pair: multiplies a step while the next one is read. */
  #addPair(code: Code, pair: number, work: Work, share: Share): void {
    const {tile, parts} = this.#tiling;
    const {from, below} = this.#rangeOf(code, pair, work.part);
    code.if(parts === 1 ? undefined : less(from, below), (inside) => {
      const loaders = this.#loaders(inside, pair, work);
      for (const loader of loaders) loader.load(inside, from);
      inside.for({from, below, step: tile.depth, name: 'depth'}, (step, depth) => {
        for (const loader of loaders) loader.store(step);
        step.barrier();
        const next = add(depth, tile.depth);
        step.if(less(next, below), (more) => {
          for (const loader of loaders) loader.load(more, more.let(next, 'next'));
        });
        this.#multiply(step, share);
        step.barrier();
      });
    });
  }

  /** What a part adds up of a pair's depth. The parts share out the steps of all pairs, one after the other. */
  #rangeOf(code: Code, pair: number, part: Expression): Range {
    const {tile, steps, stepsOfPart, parts} = this.#tiling;
    if (parts === 1) return {from: u32(0), below: u32(steps[pair]! * tile.depth)};
    const before = steps.slice(0, pair).reduce((sum, count) => sum + count, 0);
    const depthAt = (step: Expression): Expression => {
      const within = max(min(step, before + steps[pair]!), before);
      return code.let(multiply(subtract(within, before), tile.depth), 'bound');
    };
    return {
      from: depthAt(multiply(part, stepsOfPart)),
      below: depthAt(multiply(add(part, 1), stepsOfPart)),
    };
  }

  #loaders(code: Code, pair: number, {batch, down, across}: Work): readonly TileLoader[] {
    const {m, n, pairs} = this.#op;
    const {tile} = this.#tiling;
    const {k, left, right} = pairs[pair]!;
    const [a, b] = [this.#factors[2 * pair]!, this.#factors[2 * pair + 1]!];
    const leftReader = factorReader({factor: left, access: a, side: 'left', batch});
    const rightReader = factorReader({factor: right, access: b, side: 'right', batch});
    const ofLeft = unitCount(leftReader, tile.m, tile.depth);
    const ofRight = unitCount(rightReader, tile.n, tile.depth);
    const layout = sharedOf(tile);
    const common = {depth: k, tileDepth: tile.depth, threads: productThreads};
    return [
      tileLoader(code, {
        ...common,
        reader: leftReader,
        rows: m,
        tileRows: tile.m,
        tile: down,
        skipped: 0,
        sharedAt: 0,
        sharedStride: layout.left,
      }),
      tileLoader(code, {
        ...common,
        reader: rightReader,
        rows: n,
        tileRows: tile.n,
        tile: across,
        // Where there is less to read than threads, some of them read the left factor and others the right one.
        skipped: ofLeft + ofRight <= productThreads ? ofLeft : 0,
        sharedAt: layout.rightAt,
        sharedStride: layout.right,
      }),
    ];
  }

  #multiply(code: Code, {row, column, sums}: Share): void {
    const {tile} = this.#tiling;
    const layout = sharedOf(tile);
    code.for({below: tile.depth, name: 'k'}, (step, k) => {
      const rightAt = add(add(multiply(k, layout.right), column), layout.rightAt);
      const right = Array.from({length: tile.columns}, (_, j) =>
        step.let(shared(add(rightAt, columnStep(tile) * j)), 'b'),
      );
      const leftAt = add(multiply(k, layout.left), row);
      for (let i = 0; i < tile.rows; i++) {
        const left = step.let(shared(add(leftAt, rowStep(tile) * i)), 'a');
        for (const lane of [0, 1, 2, 3] as const) {
          sums[i * 4 + lane]!.forEach((sum, j) => {
            step.assign(sum, add(sum, multiply(splat(component(left, lane)), right[j]!)));
          });
        }
      }
    });
  }

  #store(code: Code, {part, batch, down, across}: Work, share: Share, target: Access): void {
    const {batch: batches, m, n} = this.#op;
    const {tile} = this.#tiling;
    const firstLine = code.let(multiply(add(multiply(part, batches), batch), m), 'first');
    const rows = share.sums.map((_, i) => {
      const four = add(share.row, rowStep(tile) * Math.floor(i / 4));
      return code.let(add(multiply(down, tile.m), add(multiply(four, 4), i % 4)), 'row');
    });
    const columns = share.sums[0]!.map((_, j) => {
      const inTile = add(share.column, columnStep(tile) * j);
      return code.let(add(multiply(across, tile.n / 4), inTile), 'column');
    });
    share.sums.forEach((line, i) => {
      line.forEach((sum, j) => {
        const [row, column] = [rows[i]!, columns[j]!];
        const isRow = m % tile.m === 0 ? [] : [less(row, m)];
        const isColumn = n % tile.n === 0 ? [] : [less(column, Math.ceil(n / 4))];
        code.if(all([...isRow, ...isColumn]), (inside) => {
          storeInLine(inside, {access: target, n}, {line: add(firstLine, row), column}, sum);
        });
      });
    });
  }
}

/** Vectors of neighbouring threads lie beside each other, and those of one thread so far apart. */
function rowStep({m, rows}: Tile): number {
  return m / 4 / rows;
}

function columnStep({n, columns}: Tile): number {
  return n / 4 / columns;
}
