import assert from 'node:assert/strict';
import {test} from 'node:test';
import {demandOf} from '../../../src/pipeline/graph/demand.ts';
import type {Resources} from '../../../src/pipeline/graph/instance.ts';

test('the demand of an instance is the narrowest that it asks for', () => {
  const demands = ([{}, {cpus: 4}, {device: 1}, {gpu: 0.5}] as Resources[]).map(demandOf);
  assert.deepEqual(demands, ['cpu', 'cpu', 'device', 'gpu']);
});
