/** The real stage types, with a data set so small that they take moments. */
import {defineContract, type Contract} from '../../../src/contract/contract.ts';
import type {Registry, StageType} from '../../../src/contract/registry.ts';
import type {StageContext, StageRun} from '../../../src/contract/stage.ts';
import {registry as stages} from '../../../stages/registry.ts';

const tinyImages = defineContract({
  type: 'tiny-images',
  version: 1,
  summary: 'gives 40 images of two classes',
  params: {},
  inputs: {},
  outputs: {dataset: {media: 'dataset', summary: 'the images'}},
});

async function runTinyImages(context: StageContext<typeof tinyImages>): Promise<void> {
  const {writeDataset} = await import('../../../src/learning/codecs/dataset-arrow.ts');
  const {tinyDataset} = await import('../data/tiny-dataset.ts');
  await writeDataset(context.output('dataset'), tinyDataset());
}

const tiny: StageType = {
  contract: tinyImages,
  load: () => Promise.resolve(runTinyImages as unknown as StageRun<Contract>),
};

export const registry: Registry = new Map([...stages, [tinyImages.type, tiny]]);
