import assert from 'node:assert/strict';
import {test} from 'node:test';
import * as fc from 'fast-check';
import {isContiguous, viewOf, Views} from '../../../src/tensor/compile/views.ts';
import {Graph} from '../../../src/tensor/graph.ts';
import type {Value} from '../../../src/tensor/value.ts';
import * as ops from '../../../src/tensor/ops.ts';
import {program} from '../../../src/tensor/program.ts';
import {sizeOf, stridesOf, type Shape} from '../../../src/tensor/shape.ts';
import {run64} from '../../support/engines/float64.ts';

const link = fc.record({kind: fc.nat(4), detail: fc.nat(1000)});

/** Chains of reshapes, transposes, slices and repetitions of an input. */
const chains = fc
  .record({
    shape: fc.array(fc.integer({min: 1, max: 4}), {minLength: 1, maxLength: 4}),
    links: fc.array(link, {minLength: 1, maxLength: 6}),
  })
  .map(({shape, links}) =>
    links.reduce<readonly Value[]>(
      (values, one) => [...values, linked(values.at(-1)!, one)],
      [new Graph().input('x', shape)],
    ),
  );

function linked(x: Value, {kind, detail}: {kind: number; detail: number}): Value {
  const {shape} = x;
  const axis = shape.length === 0 ? 0 : detail % shape.length;
  switch (kind) {
    case 0: {
      const joined = [...shape.slice(0, axis), sizeOf(shape.slice(axis))];
      return ops.reshape(x, joined);
    }
    case 1: {
      const split = shape.flatMap((n, i) => (i === axis && n % 2 === 0 ? [2, n / 2] : [n]));
      return ops.reshape(x, split);
    }
    case 2:
      return ops.transpose(x, [...shape.keys()].toReversed());
    case 3: {
      const begin = shape.map((n, i) => (i === axis ? detail % n : 0));
      return ops.slice(
        x,
        begin,
        shape.map((n, i) => n - begin[i]!),
      );
    }
    default:
      return sizeOf(shape) > 200 ? x : ops.broadcast(x, [2, ...shape]);
  }
}

function numbersOf(value: Value): Float64Array {
  const [input] = [...program({value}).inputs];
  const data = Float64Array.from({length: sizeOf(input![1])}, (_, i) => i);
  return run64(program({value}), {x: data}).value;
}

function readThrough(value: Value): Float64Array {
  const {base, offset, strides} = viewOf(value);
  const numbers = numbersOf(base);
  return Float64Array.from({length: sizeOf(value.shape)}, (_, flat) => {
    const index = indexOf(flat, value.shape);
    return numbers[index.reduce((at, i, axis) => at + i * strides[axis]!, offset)]!;
  });
}

function indexOf(flat: number, shape: Shape): readonly number[] {
  return stridesOf(shape).map((stride, axis) => Math.floor(flat / stride) % shape[axis]!);
}

test('reading through a view gives the numbers of the value', () => {
  fc.assert(
    fc.property(chains, (values) => {
      const value = values.at(-1)!;
      assert.deepEqual(readThrough(value), numbersOf(value));
    }),
    {numRuns: 300},
  );
});

test('a value in place is a piece of its base, and of what is not needed nothing is read', () => {
  fc.assert(
    fc.property(chains, (values) => {
      const given = program({value: values.at(-1)!});
      const views = new Views(given);
      given.steps.forEach(({value, operands}, index) => {
        const place = views.placeOf(index);
        assert.equal(views.isInPlace(index), place !== undefined);
        if (place === undefined) {
          if (views.isNeeded(index)) for (const one of operands) assert.ok(views.isNeeded(one));
          return;
        }
        assert.ok(!views.isInPlace(place.base), 'a base is no view in place itself');
        assert.ok(!views.isNeeded(index) || views.isNeeded(place.base));
        const piece = numbersOf(given.steps[place.base]!.value).slice(place.offset);
        assert.deepEqual(piece.slice(0, sizeOf(value.shape)), numbersOf(value));
      });
    }),
    {numRuns: 300},
  );
});

test('rows of a matrix and a matrix turned twice are in place; columns and a turned one are not', () => {
  const x = new Graph().input('x', [4, 6]);
  const turned = ops.transpose(x, [1, 0]);
  const twice = ops.transpose(turned, [1, 0]);
  const inPlace = (value: Value): boolean => isContiguous(viewOf(value), value.shape);
  assert.ok(inPlace(ops.slice(x, [1, 0], [2, 6])) && inPlace(ops.slice(x, [1, 2], [1, 3])));
  assert.ok(inPlace(twice) && !inPlace(turned) && !inPlace(ops.slice(x, [0, 1], [4, 2])));
  const given = program({y: ops.exp(twice)});
  const views = new Views(given);
  const kinds = given.steps.flatMap(({value}, i) => (views.isNeeded(i) ? value.op.kind : []));
  assert.deepEqual(kinds, ['input', 'transpose', 'exp'], 'the matrix that is turned only once');
});
