import assert from 'node:assert/strict';
import {test} from 'node:test';
import {joinProducts} from '../../../src/tensor/compile/join-products.ts';
import {Graph} from '../../../src/tensor/graph.ts';
import type {Value} from '../../../src/tensor/value.ts';
import {pairsOf, traitsOf} from '../../../src/tensor/op-traits.ts';
import * as ops from '../../../src/tensor/ops.ts';
import {program, type Program} from '../../../src/tensor/program.ts';
import {
  checkOnRandomPrograms,
  checkOnStudent,
  checkPass,
} from '../../support/laws/pass-contract.ts';
import {waves} from '../../support/texts/waves.ts';

test('values stay the same, and no step remains that no output needs', () =>
  checkOnRandomPrograms(joinProducts));

/** Gives the number of pairs of each product. */
function pairsIn({steps}: Program): readonly number[] {
  return steps.flatMap(({value: {op}, operands}) =>
    traitsOf(op.kind).takesPairs ? pairsOf(operands).length : [],
  );
}

test('the products of the way back through a student are joined where they are added up', () => {
  const [step, back] = checkOnStudent(joinProducts);
  assert.deepEqual(new Set(pairsIn(step!)), new Set([1]));
  const pairs = pairsIn(back!);
  assert.equal(pairs.filter((count) => count === 2).length, 7);
  assert.ok(pairs.every((count) => count <= 2));
});

/** Gives a program that computes a·b, c·d and so on, and what `make` computes from them. */
function sums(make: (products: readonly Value[], x: Value) => Record<string, Value>): Program {
  const graph = new Graph();
  const product = (name: string): Value =>
    ops.matmul(graph.input(`${name}1`, [3, 4]), graph.input(`${name}2`, [4, 2]));
  const products = ['a', 'b', 'c'].map(product);
  return joinedOf(program(make(products, graph.input('x', [3, 2]))));
}

function joinedOf(given: Program): Program {
  return checkPass(joinProducts, given, waves(given.inputs));
}

test('products of one sum are joined, whatever else is added between them', () => {
  const joined = sums(([a, b, c], x) => ({
    y: ops.add(ops.add(ops.add(a!, x), b!), ops.add(x, c!)),
  }));
  assert.deepEqual(pairsIn(joined), [3]);
});

test('a product that something else needs, or that is broadcast, stays by itself', () => {
  assert.deepEqual(
    pairsIn(sums(([a, b], x) => ({y: ops.add(a!, b!), z: ops.multiply(a!, x)}))),
    [1, 1],
  );
  assert.deepEqual(pairsIn(sums(([a, b]) => ({y: ops.add(a!, b!), a: a!}))), [1, 1]);
  const graph = new Graph();
  const row = ops.matmul(graph.input('p', [1, 4]), graph.input('q', [4, 2]));
  const other = ops.matmul(graph.input('r', [3, 4]), graph.input('s', [4, 2]));
  assert.deepEqual(pairsIn(joinedOf(program({y: ops.add(row, other)}))), [1, 1]);
});
