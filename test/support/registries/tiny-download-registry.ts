/** The real stage types, with the tiny data set in place of every download, from which images may be held out. */
import type {Contract} from '../../../src/contract/contract.ts';
import type {Registry, StageType} from '../../../src/contract/registry.ts';
import type {StageContext, StageRun} from '../../../src/contract/stage.ts';
import {registry as stages} from '../../../stages/registry.ts';

const {contract} = stages.get('download')!;

async function runDownload(context: StageContext): Promise<void> {
  const {writeDataset} = await import('../../../src/learning/codecs/dataset-arrow.ts');
  const {setAside} = await import('../../../src/learning/data/held-out.ts');
  const {heldOutSource} = await import('../../../stages/shared/held-out-source.ts');
  const {tinyDataset} = await import('../data/tiny-dataset.ts');
  const {name, shape, classes, source: digest, train, test} = tinyDataset();
  const raw = ({images, ...split}: typeof train) => ({
    ...split,
    images: Uint8Array.from(images, (value) => Math.max(0, Math.min(255, 128 + 50 * value))),
  });
  const {heldOut} = context.params as {readonly heldOut: number};
  const source = heldOutSource(digest, heldOut);
  const whole = {name, shape, classes, source, train: raw(train), test: raw(test)};
  context.provenance({digest});
  await writeDataset(context.output('dataset'), setAside(whole, heldOut));
}

const download: StageType = {
  contract,
  load: () => Promise.resolve(runDownload as unknown as StageRun<Contract>),
};

export const registry: Registry = new Map([...stages, [contract.type, download]]);
