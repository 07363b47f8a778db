import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Pool} from '../../src/cluster/cluster.ts';
import {fitPools} from '../../src/cluster/fit-pools.ts';
import {graphOf} from '../support/texts/load-text.ts';

const gib = 2 ** 30;
const minutes = 60_000;

function poolOf(pool: Partial<Pool> & Pick<Pool, 'name'>): Pool {
  return {max: 1, gpus: 0, takes: ['cpu'], partition: [], extra: [], ...pool};
}

/** The names of the pools that fit an instance with these resources. */
async function fitting(resources: string, pools: readonly Pool[]): Promise<readonly string[]> {
  const graph = await graphOf(`stages: {data: {uses: make, resources: ${resources}}}`);
  const {fits, diagnostics} = fitPools(graph, {name: 'hpc', pools}, 2 * minutes);
  const [found] = [...fits.values()];
  assert.equal(diagnostics.length, found!.length === 0 ? 1 : 0);
  return found!.map(({name}) => name);
}

const small = poolOf({
  name: 'small',
  cpus: 4,
  memoryBytes: 8 * gib,
  timeMs: 60 * minutes,
});
const large = poolOf({name: 'large', cpus: 16, memoryBytes: 64 * gib, timeMs: 240 * minutes});
const gpu = poolOf({name: 'gpu', gpus: 2, cpus: 8, takes: ['gpu', 'device']});
const pools = [small, large, gpu];

test('an instance fits into the pools that take its kind and give what it asks for, in their order', async () => {
  assert.deepEqual(await fitting('{}', pools), ['small', 'large']);
  assert.deepEqual(await fitting('{cpus: 4}', pools), ['small', 'large']);
  assert.deepEqual(await fitting('{cpus: 5}', pools), ['large']);
  assert.deepEqual(await fitting('{memory: 9G}', pools), ['large']);
  assert.deepEqual(await fitting('{cpus: 16, memory: 64G}', pools), ['large']);
  assert.deepEqual(await fitting('{gpu: 0.5}', pools), ['gpu']);
  assert.deepEqual(await fitting('{device: 2}', pools), ['gpu']);
  assert.deepEqual(await fitting('{gpu: 1, cpus: 9}', pools), []);
  assert.deepEqual(await fitting('{gpu: 3}', pools), []);
  assert.deepEqual(await fitting('{cpus: 17}', pools), []);
});

test('of the time of an allocation, a minute for the start and what it takes to stop are no instance’s', async () => {
  assert.deepEqual(await fitting('{time: 57m}', pools), ['small', 'large']);
  assert.deepEqual(await fitting('{time: 58m}', pools), ['large']);
  assert.deepEqual(await fitting('{time: 4h}', pools), []);
  assert.deepEqual(await fitting('{gpu: 1, time: 20d}', pools), ['gpu'], 'it has no limit');
});

test('what a pool leaves to the cluster counts as enough', async () => {
  const open = poolOf({name: 'open'});
  assert.deepEqual(await fitting('{cpus: 99, memory: 9T, time: 9d}', [open]), ['open']);
});

test('a pool without GPUs that takes `device` gives CPUs', async () => {
  const devices = poolOf({name: 'devices', cpus: 4, takes: ['device']});
  assert.deepEqual(await fitting('{device: 4}', [devices]), ['devices']);
  assert.deepEqual(await fitting('{device: 5}', [devices]), []);
  assert.deepEqual(await fitting('{}', [devices]), []);
});

test('equal amounts of different things are different requests', async () => {
  const graph = await graphOf(`
stages:
  gpus: {uses: make, resources: {gpu: 2}}
  cpus: {uses: make, resources: {cpus: 2}}
`);
  const {fits} = fitPools(graph, {name: 'hpc', pools}, 0);
  const names = Array.from(fits.values(), (found) => found.map(({name}) => name));
  assert.deepEqual(names, [['gpu'], ['small', 'large']]);
});

test('a stage is reported once for what its instances ask for alike', async () => {
  const graph = await graphOf(`
stages:
  gang: {uses: make, matrix: {n: [1, 2, 3, 4]}, with: {count: "\${matrix.n}"}, resources: {gpu: "\${matrix.n}"}}
  many: {uses: make, matrix: {n: {count: 50}}, with: {name: "\${matrix.n}z"}, resources: {cpus: 32}}
  bare: {uses: make, with: {name: bare}}
`);
  const {diagnostics} = fitPools(graph, {name: 'hpc', pools: [gpu]}, 0);
  assert.deepEqual(
    diagnostics.map(({message}) => message),
    [
      'gang[n=3] asks for 3 GPUs, and no pool of hpc gives that.',
      'gang[n=4] asks for 4 GPUs, and no pool of hpc gives that.',
      'Each of the 50 instances of many asks for 32 CPUs, and no pool of hpc takes `cpu`.',
      'bare asks for a CPU, and no pool of hpc takes `cpu`.',
    ],
  );
  assert.deepEqual(
    diagnostics.map(({notes}) => notes.map(({message}) => message)),
    [['pool gpu gives 2 GPUs'], ['pool gpu gives 2 GPUs'], [], []],
  );
});
