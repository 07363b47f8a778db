import assert from 'node:assert/strict';
import {test} from 'node:test';
import {fingerprintOf} from '../../../src/plan/decide.ts';
import {stageKey} from '../../../src/store/records/stage-key.ts';
import {graphOf} from '../../support/texts/load-text.ts';

function textWith(resources: string): string {
  return `
params: {hours: 2}
stages:
  data: {uses: make, matrix: {size: [4, 16]}, with: {count: "\${matrix.size}"}${resources}}
`;
}

const all =
  ', resources: {gpu: 0.5, cpus: "${matrix.size}", memory: "${matrix.size}G", time: "${params.hours}h"}';

test('resources are what an instance takes at its point of the matrix', async () => {
  const {instances} = await graphOf(textWith(all));
  assert.deepEqual(
    Array.from(instances.values(), ({resources}) => resources),
    [
      {gpu: 0.5, cpus: 4, memoryBytes: 4 * 2 ** 30, timeMs: 7_200_000},
      {gpu: 0.5, cpus: 16, memoryBytes: 16 * 2 ** 30, timeMs: 7_200_000},
    ],
  );
});

test('no resource is part of a key', async () => {
  const keys = async (resources: string): Promise<readonly string[]> => {
    const {instances} = await graphOf(textWith(resources));
    return Array.from(instances.values(), (instance) =>
      stageKey(fingerprintOf(instance, () => assert.fail('it has no inputs'))),
    );
  };
  const bare = await keys('');
  const each = ['gpu: 1', 'device: 2', 'cpus: 4', 'memory: 16G', 'time: 30m'];
  for (const one of each) assert.deepEqual(await keys(`, resources: {${one}}`), bare, one);
  assert.deepEqual(await keys(all), bare);
});
