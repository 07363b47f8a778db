import assert from 'node:assert/strict';
import {test} from 'node:test';
import * as fc from 'fast-check';
import {piecesOf} from '../../../../src/tensor/compile/cpu/pieces.ts';

const command = (count: number, mostPieces?: number) => ({
  reads: [],
  writes: [],
  partition: {count, of: []},
  ...(mostPieces !== undefined && {mostPieces}),
});

test('ten images are ten pieces for two threads, and at least four pieces for each of more', () => {
  const pieces = [2, 4, 5, 8].map((threads) => piecesOf(command(10, 100), threads));
  assert.deepEqual(pieces, [10, 16, 20, 32]);
  assert.equal(piecesOf(command(256, 256), 2), 256);
});

test('pieces become no smaller than is worth it', () => {
  assert.equal(piecesOf(command(10, 17), 8), 16);
  assert.equal(piecesOf(command(10, 10), 16), 16, 'each thread has one');
});

test('one thread, or a command that is not shared, has no pieces', () => {
  assert.equal(piecesOf(command(10, 100), 1), undefined);
  assert.equal(piecesOf(command(10), 4), undefined);
});

test('pieces of one thread end where what it owns ends, however many tasks a kernel divides', () => {
  const numbers = fc.integer({min: 1, max: 500});
  fc.assert(
    fc.property(
      numbers,
      numbers,
      fc.integer({min: 2, max: 32}),
      numbers,
      (count, most, threads, tasks) => {
        const pieces = piecesOf(command(count, most), threads)!;
        const begin = (part: number, parts: number): number => Math.floor((tasks * part) / parts);
        for (let thread = 0; thread <= threads; thread++) {
          const piece = begin(thread, threads);
          assert.equal(begin((pieces / threads) * thread, pieces), piece);
        }
      },
    ),
  );
});
