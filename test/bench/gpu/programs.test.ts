import assert from 'node:assert/strict';
import {test} from 'node:test';
import {programsOf} from '../../../bench/gpu/programs.ts';
import {compileForGpu} from '../../../src/tensor/compile/gpu/compile.ts';
import {guaranteedLimits} from '../../../src/tensor/kernels/kernel.ts';
import {sizeOf} from '../../../src/tensor/shape.ts';

test('every program that is profiled has as many numbers for each input as it needs, none of them all 0', () => {
  for (const name of ['A', 'B', 'few', 'quick']) {
    for (const {program, numbersOf} of programsOf(name)) {
      for (const [input, shape] of program.inputs) {
        const numbers = numbersOf(input, shape);
        assert.equal(numbers.length, sizeOf(shape), `${name}: ${input}`);
        assert.ok(
          numbers.some((number) => number !== 0),
          `${name}: ${input}`,
        );
      }
    }
  }
});

test('every dispatch of a profiled program costs something', () => {
  for (const {program} of programsOf('quick')) {
    const {dispatches} = compileForGpu(program, {limits: guaranteedLimits, tile: 4});
    assert.ok(dispatches.every(({cost}) => cost.bytes > 0));
  }
});

test('a name that is none of them is refused', () => {
  assert.throws(() => programsOf('Z'), /no configuration Z/);
});
