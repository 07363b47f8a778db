import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {test} from 'node:test';
import {parsePublishedScores} from '../../src/learning/scores/published-scores.ts';
import type {Instance} from '../../src/pipeline/graph/instance.ts';
import {loadPipeline} from '../../src/pipeline/load-pipeline.ts';
import {registry} from '../../stages/registry.ts';
import {repositoryFile} from '../support/texts/repository.ts';

const file = repositoryFile('pipelines/cifar10-by-iteration.yaml');

async function instancesOf(...set: readonly string[]): Promise<readonly Instance[]> {
  const loaded = await loadPipeline({file, registry, set});
  assert.ok(loaded.kind === 'ok', JSON.stringify(loaded));
  assert.deepEqual(loaded.warnings, []);
  return [...loaded.graph.instances.values()];
}

const ofType = (instances: readonly Instance[], type: string): readonly Instance[] =>
  instances.filter((instance) => instance.type.contract.type === type);

test('the official program’s run on CIFAR-10 has its numbers here, and five networks at each snapshot', async () => {
  const instances = await instancesOf();
  const [{params}] = ofType(instances, 'distill') as [Instance];
  const iterations = [0, 25, 50, 100, 250, 500];
  assert.equal(ofType(instances, 'train-expert').length, 20);
  assert.deepEqual([params['iterations'], params['snapshots']], [500, iterations]);
  const table = instances.find(({id}) => id === 'by-iteration')!;
  assert.equal(table.inputs['scores']!.length, 5 * iterations.length);
  const csv = file.replace('.yaml', '.csv');
  const published = parsePublishedScores(await readFile(csv, 'utf8'), csv);
  assert.deepEqual(
    published.filter(({dataset}) => dataset === 'images').map(({iteration}) => iteration),
    iterations,
  );
  for (const {model, set, iteration, source} of published) {
    assert.deepEqual([model, set], ['ConvNetD3', 'distilled']);
    assert.ok(iterations.includes(iteration!) && source !== '');
  }
});

test('in small, it trains two experts and makes two iterations', async () => {
  const instances = await instancesOf('scale=smoke');
  assert.equal(ofType(instances, 'train-expert').length, 2);
  assert.equal(ofType(instances, 'distill')[0]!.params['iterations'], 2);
});
