import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Instance, InstanceId} from '../../src/pipeline/graph/instance.ts';
import {longestChain} from '../../src/plan/longest-chain.ts';
import type {Plan, Planned} from '../../src/plan/plan-graph.ts';

interface Given {
  /** Absent: it is not known. */
  readonly ms?: number;
  readonly after?: readonly string[];
  readonly isStored?: true;
  readonly sameAs?: string;
}

function planOf(instances: Readonly<Record<string, Given>>): Plan {
  const planned = Object.entries(instances).map(([name, {ms, after = [], isStored, sameAs}]) => {
    const parts = after.map((id) => ({instance: id as InstanceId, output: 'out'}));
    const of = {
      instance: {id: name, inputs: {parts}} as unknown as Instance,
      verdict: (isStored ? {kind: 'hit'} : {kind: 'run', reasons: []}) as Planned['verdict'],
      ...(ms !== undefined && {expected: {ms} as NonNullable<Planned['expected']>}),
      ...(sameAs !== undefined && {sameAs: sameAs as InstanceId}),
    };
    return [name as InstanceId, of] as const;
  });
  return new Map(planned);
}

test('the longest chain is that which takes longest, not that with the most instances', () => {
  const plan = planOf({
    a: {ms: 1},
    b: {ms: 1, after: ['a']},
    c: {ms: 1, after: ['b']},
    slow: {ms: 10},
    last: {ms: 1, after: ['slow', 'a']},
  });
  assert.deepEqual(longestChain(plan), {instances: ['slow', 'last'], ms: 11, unknown: 0});
});

test('of chains of unknown duration, that with the most instances is the longest', () => {
  const plan = planOf({a: {}, other: {}, b: {after: ['other', 'a']}, c: {ms: 0, after: ['b']}});
  assert.deepEqual(longestChain(plan), {instances: ['other', 'b', 'c'], ms: 0, unknown: 2});
});

test('what is stored takes no time, and what shares a result is as far as the first', () => {
  const plan = planOf({
    stored: {ms: 100, isStored: true},
    first: {ms: 3, after: ['stored']},
    twin: {ms: 3, sameAs: 'first'},
    next: {ms: 1, after: ['twin']},
  });
  assert.deepEqual(longestChain(plan), {instances: ['first', 'next'], ms: 4, unknown: 0});
});

test('there is no chain if nothing is to run', () => {
  assert.equal(longestChain(planOf({a: {isStored: true}})), undefined);
});
