import assert from 'node:assert/strict';
import {readdir} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {drawChunks} from '../../src/learning/distillation/trajectories/unrolled-steps.ts';
import {Random} from '../../src/learning/random.ts';
import type {InstanceGraph} from '../../src/pipeline/graph/instance.ts';
import {KnownResults} from '../../src/pipeline/graph/known-results.ts';
import {loadPipeline} from '../../src/pipeline/load-pipeline.ts';
import {registry} from '../../stages/registry.ts';
import {imagesOf} from '../../stages/shared/image-facts.ts';
import {repositoryFile} from '../support/texts/repository.ts';

const folders = ['pipelines/mtt', 'pipelines/tables'];
const files = (
  await Promise.all(
    folders.map(async (folder) =>
      (await readdir(repositoryFile(folder))).map((name) => path.join(folder, name)),
    ),
  )
)
  .flat()
  .filter((file) => file.endsWith('.yaml'))
  .sort();

/** What a distillation says of the batches of its student. */
interface Batches {
  /** The images of the synthetic set. */
  readonly count: number;
  readonly batch: number;
  readonly steps: number;
  readonly remainder: 'drop' | 'first';
}

async function batchesOf(file: string): Promise<readonly Batches[]> {
  const loaded = await loadPipeline({file: repositoryFile(file), registry});
  assert.ok(loaded.kind === 'ok', JSON.stringify(loaded));
  return distillationsOf(loaded.graph);
}

function distillationsOf({instances}: InstanceGraph): readonly Batches[] {
  const results = new KnownResults();
  return [...instances.values()].flatMap((instance) => {
    const {inputs} = results.add(instance);
    if (instance.type.contract.type !== 'distill') return [];
    const {ipc, batch, steps, remainder} = instance.params;
    const {classes} = imagesOf(inputs['dataset']?.[0]);
    assert.ok(classes !== undefined, instance.id);
    const count = Number(ipc) * classes;
    return [{count, batch: Number(batch ?? count), steps, remainder} as Batches];
  });
}

for (const file of files) {
  test(`batches of ${file} divide the synthetic images, or the file says that the rest comes first`, async () => {
    const all = await batchesOf(file);
    assert.ok(all.length > 0);
    for (const batches of all) {
      const divides = batches.count % batches.batch === 0;
      assert.equal(batches.remainder, divides ? 'drop' : 'first', JSON.stringify(batches));
    }
  });
}

test('a pass over the 10,000 images of Tiny ImageNet begins with the 100 that 300 leaves', async () => {
  const [batches] = await batchesOf('pipelines/mtt/tiny-imagenet-ipc50.yaml');
  assert.deepEqual(batches, {count: 10_000, batch: 300, steps: 20, remainder: 'first'});
  const lengths = drawChunks(batches, new Random(0, 'test')).map(({length}) => length);
  assert.deepEqual(lengths, [100, ...Array.from({length: 19}, () => 300)]);
});
