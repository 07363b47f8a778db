import assert from 'node:assert/strict';
import {test} from 'node:test';
import {compilingOnce} from '../../../../src/tensor/engines/gpu/compile-once.ts';
import {Graph} from '../../../../src/tensor/graph.ts';
import type {Limits} from '../../../../src/tensor/kernels/kernel.ts';
import * as ops from '../../../../src/tensor/ops.ts';
import {program, type Program} from '../../../../src/tensor/program.ts';

test('a program is compiled once for all devices alike, and anew for others', () => {
  let times = 0;
  const compile = compilingOnce(() => {
    times++;
    return {dispatches: [], arenas: []};
  });
  const doubled = (): Program => program({y: ops.multiply(new Graph().input('x', [1]), 2)});
  const [one, other] = [doubled(), doubled()];
  const limits = (bindingBytes: number): Limits => ({bindingBytes}) as Limits;
  const first = compile(one, {limits: limits(1), tile: 4});
  assert.equal(compile(one, {limits: limits(1), tile: 4}), first);
  assert.equal(times, 1);
  assert.notEqual(compile(one, {limits: limits(2), tile: 4}), first);
  assert.notEqual(compile(one, {limits: limits(1), tile: 2}), first);
  assert.notEqual(compile(other, {limits: limits(1), tile: 4}), first);
  assert.equal(times, 4);
});
