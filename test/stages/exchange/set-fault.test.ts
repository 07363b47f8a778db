import assert from 'node:assert/strict';
import {test} from 'node:test';
import {TensorToSave} from '../../../src/formats/pytorch/pickler.ts';
import {writePt} from '../../../src/formats/pytorch/write-pt.ts';
import {setFault} from '../../../stages/exchange/set-fault.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

test('the files of a set are compared with each other and with a data set that is known by its name', async () => {
  await using folder = await TemporaryFolder.create();
  const count = 20;
  const source = new Float32Array(count * 28 * 28).fill(0.5);
  const images = new TensorToSave({dtype: 'F32', shape: [count, 1, 28, 28], source});
  const labelled = (...labels: readonly number[]): TensorToSave<BigInt64Array> =>
    new TensorToSave({
      dtype: 'I64',
      shape: [labels.length],
      source: BigInt64Array.from(labels, BigInt),
    });
  const faultFor = async (
    labels: TensorToSave<BigInt64Array> | undefined,
    known: object = {},
  ): Promise<string | undefined> => {
    const names = labels === undefined ? ['im.pt'] : ['im.pt', 'lab.pt'];
    await writePt(folder.file('im.pt'), images, (elements) => elements);
    if (labels !== undefined) {
      await writePt(folder.file('lab.pt'), labels, (elements) => elements);
    }
    const files = names.map((name) => ({reference: `./${name}`, path: folder.file(name), name}));
    return await setFault(files, {dataset: 'mnist', stepSize: 0.01, ...known});
  };
  assert.equal(await faultFor(undefined), undefined);
  assert.equal(
    await faultFor(labelled(1, 2, 3)),
    'There must be a label for each of the 20 images, got 3.',
  );
  assert.equal(
    await faultFor(labelled(...Array.from({length: count}, () => 10))),
    'lab.pt: its labels must be 0 … 9 for mnist, got 10.',
  );
  assert.match((await faultFor(undefined, {stepSize: undefined}))!, /give it by --step-size, or/);
  assert.match(
    (await faultFor(undefined, {dataset: 'cifar100'}))!,
    /^im\.pt: its images must be \[n, 3, 32, 32\] for cifar100, got \[20, 1, 28, 28\]\.$/,
  );
  // What the data set decides is left to the import.
  assert.equal(await faultFor(labelled(1, 2, 3), {dataset: 'images'}), undefined);
});
