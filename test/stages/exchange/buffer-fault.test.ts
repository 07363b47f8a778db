import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import {test} from 'node:test';
import {TensorToSave} from '../../../src/formats/pytorch/pickler.ts';
import {writePt} from '../../../src/formats/pytorch/write-pt.ts';
import {elementCount} from '../../../src/formats/tensor.ts';
import {bufferFault} from '../../../stages/exchange/buffer-fault.ts';
import {namedImages} from '../../../stages/exchange/known-options.ts';
import {fitNetwork} from '../../../stages/shared/network.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

test('a buffer of another network is named by parameter and shapes, before anything is whitened', async () => {
  await using folder = await TemporaryFolder.create();
  const digits = {
    name: 'mnist',
    shape: {height: 28, width: 28, channels: 1},
    classes: Array.from({length: 10}, String),
  };
  const {params} = fitNetwork('ConvNetD2W16', digits);
  const snapshot = () =>
    params.map(
      ({shape}) =>
        new TensorToSave({
          dtype: 'F32' as const,
          shape,
          source: new Float32Array(elementCount(shape)),
        }),
    );
  const [path, name] = [folder.file('replay_buffer_0.pt'), 'replay_buffer_0.pt'];
  await writePt(path, [[snapshot(), snapshot()]], (source) => source);
  const faultFor = async (known: object, file = path): Promise<string | undefined> =>
    await bufferFault([{reference: './x', path: file, name}], {
      dataset: 'mnist',
      model: 'ConvNetD2W16',
      ...known,
    });
  assert.equal(await faultFor({}), undefined);
  assert.match(
    (await faultFor({model: 'ConvNetD2W32'}))!,
    /^replay_buffer_0\.pt: parameter 0 .* must be \[32, 1, 3, 3\] for ConvNetD2W32 on mnist, got \[16, 1, 3, 3\]/,
  );
  assert.match((await faultFor({model: 'ConvNetD8'}))!, /too deep for the 28×28 images of mnist/);
  // Mistakes that show only with the data set or in the pipeline are not reported here.
  for (const known of [{dataset: 'images'}, {dataset: 'toString'}, {model: 'ConfNet'}]) {
    assert.equal(await faultFor(known), undefined);
  }
  await writeFile(folder.file('a.pt'), 'no file of PyTorch');
  assert.match(
    (await faultFor({}, folder.file('a.pt')))!,
    /^replay_buffer_0\.pt: not a PyTorch file/,
  );
  const pictures = {dataset: 'images', model: 'ConvNet'};
  assert.match((await faultFor(pictures, folder.file('a.pt')))!, /: not a PyTorch file/);
  assert.match((await faultFor({}, folder.file('none.pt')))!, /^A file cannot be read: /);
  // An import leaves pictures at the size of their data set.
  for (const [dataset, classes, count] of [
    ['imagenette', undefined, 10],
    ['imagenet', 'imagemeow', 10],
    ['imagenet', 'n01440764,n02102040,n02979186', 3],
  ] as const) {
    const known = {dataset, ...(classes !== undefined && {classes})};
    const {shape, classes: labels} = namedImages(known)!;
    assert.deepEqual([shape.width, shape.channels, labels.length], [128, 3, count]);
    assert.match((await faultFor({...known, model: 'LeNet'}))!, /for LeNet on imagenet/);
  }
});
