import assert from 'node:assert/strict';
import {test} from 'node:test';
import {between, counter, wrapped} from '../../src/learning/counter.ts';
import {Graph} from '../../src/tensor/graph.ts';
import {program} from '../../src/tensor/program.ts';
import {startTestEngine} from '../support/engines/test-engine.ts';

test('whole numbers are compared and wrapped exactly, also large ones', async () => {
  const engine = await startTestEngine();
  for (const start of [0, 2 ** 23]) {
    const graph = new Graph();
    const x = graph.input('x', [8]);
    const [first, last] = [graph.input('first', [1]), graph.input('last', [1])];
    const outputs = {inside: between(x, first, last), rest: wrapped(x, start + 5)};
    const numbers = counter(8).map((number) => start + number);
    const result = engine.compile(program(outputs)).run({
      x: engine.upload(numbers, [8]),
      first: engine.upload(Float32Array.of(start + 2), [1]),
      last: engine.upload(Float32Array.of(start + 4), [1]),
    });
    assert.deepEqual([...(await engine.read(result.inside))], [0, 0, 1, 1, 1, 0, 0, 0]);
    const rest = [...numbers].map((number) => number % (start + 5));
    assert.deepEqual([...(await engine.read(result.rest))], rest);
  }
});
