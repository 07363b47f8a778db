import assert from 'node:assert/strict';
import {test} from 'node:test';
import {slotsOf} from '../../../src/cluster/engines/ssh-slots.ts';
import {poolOf} from '../../support/cluster/small-cluster.ts';

const hosts = [{host: 'a', gpus: [0, 1, 3, 4, 5]}, {host: 'b'}, {host: 'c', gpus: [2, 7]}];

test('A host has a place for as many members as its listed GPUs suffice for, and otherwise for one', () => {
  assert.deepEqual(slotsOf(hosts, poolOf({gpus: 2})), [
    {host: 'a', job: 'a/gpu/0', gpus: [0, 1]},
    {host: 'b', job: 'b/gpu/0'},
    {host: 'c', job: 'c/gpu/0', gpus: [2, 7]},
    {host: 'a', job: 'a/gpu/1', gpus: [3, 4]},
  ]);
});

test('A host with too few GPUs has no place', () => {
  assert.deepEqual(
    slotsOf(hosts, poolOf({gpus: 3})).map(({job}) => job),
    ['a/gpu/0', 'b/gpu/0'],
  );
});

test('A member without GPUs sees none', () => {
  assert.deepEqual(slotsOf(hosts.slice(1), poolOf({name: 'cpu'})), [
    {host: 'b', job: 'b/cpu/0', gpus: []},
    {host: 'c', job: 'c/cpu/0', gpus: []},
  ]);
});
