import assert from 'node:assert/strict';
import {test} from 'node:test';
import {writeDataset} from '../../src/learning/codecs/dataset-arrow.ts';
import {readScores} from '../../src/learning/codecs/scores.ts';
import {writeSynthetic} from '../../src/learning/codecs/synthetic.ts';
import {contract} from '../../stages/evaluate/contract.ts';
import {run} from '../../stages/evaluate/run.ts';
import {pickImages} from '../../stages/shared/transformed-dataset.ts';
import {filled} from '../support/registries/learning-files.ts';
import {StageRig} from '../support/registries/stage-context.ts';
import {tinyDataset} from '../support/data/tiny-dataset.ts';

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
    const inputs = {dataset: [dataset], synthetic: [synthetic]};
    await run(rig.context({params, inputs}));
    const {scores} = await readScores(rig.output('scores'));
    // A network learns to tell these two classes apart in a few steps.
    assert.ok(scores[0]!.accuracy > 0.8, String(scores[0]!.accuracy));
  });
}
