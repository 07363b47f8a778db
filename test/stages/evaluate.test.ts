import assert from 'node:assert/strict';
import {test} from 'node:test';
import {writeDataset} from '../../src/learning/codecs/dataset-arrow.ts';
import {readScores} from '../../src/learning/codecs/scores.ts';
import {writeSynthetic} from '../../src/learning/codecs/synthetic.ts';
import type {Targets} from '../../src/learning/data/targets.ts';
import type {Score} from '../../src/learning/scores/scores.ts';
import {contract} from '../../stages/evaluate/contract.ts';
import {run} from '../../stages/evaluate/run.ts';
import {pickImages} from '../../stages/shared/transformed-dataset.ts';
import {filled} from '../support/registries/learning-files.ts';
import {StageRig} from '../support/registries/stage-context.ts';
import {tinyDataset} from '../support/data/tiny-dataset.ts';

test('networks answer the soft labels of a set, or its classes if those are wanted', async () => {
  await using rig = await StageRig.create();
  const [dataset, synthetic] = [rig.folder.file('dataset'), rig.folder.file('synthetic')];
  const {train, ...tiny} = tinyDataset();
  await writeDataset(dataset, {...tiny, train});
  const picked = pickImages({...tiny, train}, train, [0, 1, 2, 3]);
  const scored = async (
    targets?: Targets,
    labels: {readonly labels?: 'own' | 'hard'} = {},
  ): Promise<Score> => {
    const soft = targets === undefined ? {} : {targets};
    const set = {...tiny, ...picked, ...soft, pixels: picked.images, stepSize: 0.02};
    await writeSynthetic(synthetic, {...set, provenance: {}});
    const params = filled(contract, {model: 'ConvNetD1W8', trials: 1, epochs: 30, ...labels});
    await run(
      rig.context({params, inputs: {dataset: [dataset], synthetic: [synthetic], buffers: []}}),
    );
    const {scores} = await readScores(rig.output('scores'));
    return scores[0]!;
  };
  const classes = Array.from(picked.labels);
  const rows = (sure: number): Float32Array =>
    Float32Array.from(
      classes.flatMap((label) => (label === 0 ? [sure, 1 - sure] : [1 - sure, sure])),
    );
  const hard = await scored();
  assert.deepEqual(await scored({kind: 'rows', values: rows(1)}), hard);
  const wrong: Targets = {kind: 'logits', values: rows(0).map((sure) => 40 * sure)};
  const fooled = await scored(wrong);
  assert.ok(fooled.accuracy < 0.2, String(fooled.accuracy));
  assert.deepEqual(await scored(wrong, {labels: 'own'}), fooled);
  assert.deepEqual(await scored(wrong, {labels: 'hard'}), hard);
});

// These are augmentations that the official program cannot evaluate with.
for (const augmentation of ['none', 'dc:crop_scale_rotate']) {
  test(`networks are evaluated with augmentation: ${augmentation}`, async () => {
    await using rig = await StageRig.create();
    const [dataset, synthetic] = [rig.folder.file('dataset'), rig.folder.file('synthetic')];
    const {train, ...tiny} = tinyDataset();
    await writeDataset(dataset, {...tiny, train});
    const picked = pickImages({...tiny, train}, train, [0, 1, 2, 3]);
    const {images: pixels} = picked;
    await writeSynthetic(synthetic, {...tiny, ...picked, pixels, stepSize: 0.02, provenance: {}});
    const params = filled(contract, {model: 'ConvNetD1W8', trials: 1, epochs: 30, augmentation});
    const inputs = {dataset: [dataset], synthetic: [synthetic], buffers: []};
    await run(rig.context({params, inputs}));
    const {scores} = await readScores(rig.output('scores'));
    // A network learns to tell these two classes apart in a few steps.
    assert.ok(scores[0]!.accuracy > 0.8, String(scores[0]!.accuracy));
  });
}
