import assert from 'node:assert/strict';
import {test} from 'node:test';
import {crossingBytes} from '../../bench/crossing.ts';
import type {Buffer, BufferUse} from '../../src/tensor/compile/cpu/buffer.ts';

const [given, a, b]: readonly Buffer[] = [{size: 1000}, {size: 1000}, {size: 1000}];

test('what a thread wrote itself does not pass from core to core', () => {
  const write: BufferUse = {
    reads: [given!],
    writes: [a!],
    partition: {count: 10, of: [given!, a!]},
  };
  const cut: BufferUse = {reads: [a!], writes: [b!], partition: {count: 20, of: [a!, b!]}};
  assert.equal(crossingBytes([write, cut], 2), 0);
  assert.equal(crossingBytes([write, cut], 4), 3000, 'ten pieces have no quarter');
});

test('a thread that may read all gets what the others wrote', () => {
  const write: BufferUse = {reads: [], writes: [a!], partition: {count: 10, of: [a!]}};
  const all: BufferUse = {reads: [a!, a!], writes: [b!]};
  assert.equal(crossingBytes([write, all], 2), 4000, 'each of two threads gets a half');
  assert.equal(crossingBytes([write, all], 1), 0);
});

test('a thread gets of its share what the others wrote', () => {
  const write: BufferUse = {reads: [], writes: [a!], partition: {count: 10, of: [a!]}};
  const tiles: BufferUse = {
    reads: [a!],
    writes: [b!],
    partition: {count: 10, of: [b!], tiles: [a!]},
  };
  assert.equal(crossingBytes([write, tiles], 2), 2000, 'half of what both read');
});
