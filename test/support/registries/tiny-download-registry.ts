/** The real stage types, with the tiny data set in place of every download. */
import type {Contract} from '../../../src/contract/contract.ts';
import type {Registry, StageType} from '../../../src/contract/registry.ts';
import type {StageContext, StageRun} from '../../../src/contract/stage.ts';
import {registry as stages} from '../../../stages/registry.ts';

const {contract} = stages.get('download')!;

async function runDownload(context: StageContext): Promise<void> {
  const {writeDataset} = await import('../../../src/learning/codecs/dataset-arrow.ts');
  const {tinyDataset} = await import('../data/tiny-dataset.ts');
  const {transform: _, transformDigest: __, train, test, ...rest} = tinyDataset();
  const raw = ({images, ...split}: typeof train) => ({
    ...split,
    images: Uint8Array.from(images, (value) => Math.max(0, Math.min(255, 128 + 50 * value))),
  });
  await writeDataset(context.output('dataset'), {...rest, train: raw(train), test: raw(test)});
}

const download: StageType = {
  contract,
  load: () => Promise.resolve(runDownload as unknown as StageRun<Contract>),
};

export const registry: Registry = new Map([...stages, [contract.type, download]]);
