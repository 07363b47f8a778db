import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {RunEvent} from '../../src/journal/event.ts';
import {orderIn} from '../../src/journal/order-in.ts';
import type {InstanceAccount} from '../../src/journal/run-account.ts';

type Planned = Extract<RunEvent, {kind: 'planned'}>;

const graphOf = (...names: readonly string[]): Planned['stages'] => ({
  nodes: names.map((name) => [name, {label: name, type: 't', count: 1, within: []}]),
  edges: [],
});

function sorted(planned: Pick<Planned, 'stages' | 'instances'>, ...ids: readonly string[]) {
  const accounts = ids.map((id) => ({id, standing: 'hit', logs: []}) as unknown as InstanceAccount);
  const of = {at: '', kind: 'planned', name: 'p', ...planned} as const;
  return accounts.sort(orderIn({planned: of})).map(({id}) => id);
}

test('instances are in the order of the matrix, or of the stages and numbers', () => {
  const stages = graphOf('b', 'a');
  const instances = graphOf('b', 'a[x=up]', 'a[x=down]');
  assert.deepEqual(sorted({stages, instances}, 'a[x=down]', 'b', 'a[x=up]'), [
    'b',
    'a[x=up]',
    'a[x=down]',
  ]);
  assert.deepEqual(sorted({stages}, 'c', 'a[n=10]', 'a[n=9]', 'b'), [
    'b',
    'a[n=9]',
    'a[n=10]',
    'c',
  ]);
});
