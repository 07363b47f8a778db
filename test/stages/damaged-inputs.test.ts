/** Checks that stages name an unreadable input by the user's file, and not by the store's copy. */
import assert from 'node:assert/strict';
import {copyFile, readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {digestFile} from '../../src/base/digest.ts';
import {TensorToSave} from '../../src/formats/pytorch/pickler.ts';
import {writePt} from '../../src/formats/pytorch/write-pt.ts';
import {writeScores} from '../../src/learning/codecs/scores.ts';
import {writeSynthetic} from '../../src/learning/codecs/synthetic.ts';
import {mediaOf} from '../../src/contract/registry.ts';
import type {Score} from '../../src/learning/scores/scores.ts';
import type {RunEvent} from '../../src/journal/event.ts';
import {registry} from '../../stages/registry.ts';
import {tinyDataset} from '../support/data/tiny-dataset.ts';
import {sharedLearningFiles} from '../support/registries/learning-files.ts';
import {runInProcess} from '../support/rigs/run-in-process.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

const learning = await sharedLearningFiles();

/** The parameters that stage types require, and those that make them quick. */
const params: Readonly<Record<string, string>> = {
  coreset: '{ipc: 1, method: herding}',
  distill: '{iterations: 1, ipc: 1, expertEpochs: 1, maxStartEpoch: 1}',
  download: '{dataset: images}',
  evaluate: '{model: MLP, trials: 1, epochs: 1}',
  // Only a teacher asks experts.
  'evaluate buffers': '{model: MLP, trials: 1, epochs: 1, labels: teacher}',
  'import-buffers': '{model: MLP}',
  'import-pictures': `{source: "${new URL('.', import.meta.url).href}"}`,
  'match-distributions': '{model: MLP, iterations: 1, realBatch: 1}',
  'match-gradients': '{model: MLP, networks: 1, realBatch: 1}',
  probe: '{expertEpochs: 1, iterations: 1}',
  snapshot: '{iteration: 1}',
  'train-expert': '{model: MLP, epochs: 1}',
};

const scores: readonly Score[] = [
  {
    model: 'MLP',
    set: 'a',
    dataset: 'mnist',
    split: 'test',
    ipc: 1,
    seed: 1,
    iteration: 1,
    trial: 0,
    accuracy: 0.5,
    loss: 1,
  },
];

/** Writes a sound file of each media; gives the files by media. */
async function writeSound(folder: TemporaryFolder): Promise<Readonly<Record<string, string>>> {
  const {train, ...tiny} = tinyDataset();
  const synthetic = {...tiny, ...train, pixels: train.images, stepSize: 0.01, provenance: {}};
  const files = {
    dataset: folder.file('dataset.arrow'),
    transform: folder.file('transform.safetensors'),
    trajectory: folder.file('trajectory.safetensors'),
    buffer: folder.file('buffer.safetensors'),
    synthetic: folder.file('synthetic.safetensors'),
    state: folder.file('state.safetensors'),
    scores: folder.file('scores.arrow'),
    csv: folder.file('published.csv'),
    file: folder.file('file.pt'),
  };
  await copyFile(learning.dataset, files.dataset);
  await copyFile(learning.transform, files.transform);
  await copyFile(learning.experts[0]!, files.trajectory);
  await copyFile(learning.buffers[0]!, files.buffer);
  await writeSynthetic(files.synthetic, synthetic);
  // A state is read only where it is the damaged input.
  await copyFile(files.synthetic, files.state);
  await writeScores(files.scores, scores);
  const row = `mnist,1,MLP,a,50,1,"${'a paper '.repeat(10)}"`;
  await writeFile(files.csv, `dataset,ipc,model,set,mean,deviation,source\n${row}\n`);
  const {width, height, channels} = tiny.shape;
  const shape = [train.count, channels, height, width];
  const {images} = train;
  await writePt(
    files.file,
    new TensorToSave({dtype: 'F32', shape, source: images}),
    (data) => data,
  );
  return files;
}

test('every stage type calls a damaged input by the name of the user’s file', async () => {
  await using folder = await TemporaryFolder.create();
  const sound = await writeSound(folder);
  const media = mediaOf(registry);
  const store = folder.file('store');
  const faults: string[] = [];
  for (const {contract} of registry.values()) {
    for (const [port, damaged] of Object.entries(contract.inputs)) {
      for (const kind of ['garbled', 'cut']) {
        const {extension} = media.get(damaged.media)!;
        const whole = await readFile(sound[damaged.media]!);
        const name = `my-${contract.type}-${port}-${kind}.${extension}`;
        const bytes =
          kind === 'cut' ? whole.subarray(0, whole.length >> 1) : Buffer.from(`\0${name},"`);
        await writeFile(folder.file(name), bytes);
        // Scores refer to a set by its digest, which is checked before the set is read.
        const of = port === 'snapshots' ? folder.file(name) : sound['synthetic']!;
        await writeScores(sound['scores']!, scores, {synthetic_sha256: await digestFile(of)});
        const inputs = Object.entries(contract.inputs).flatMap(([other, {media, optional}]) => {
          if (other === port) return [`${other}: ${folder.file(name)}`];
          const isNeeded = optional !== true || ['transform', 'synthetic'].includes(other);
          return isNeeded ? [`${other}: ${sound[media]!}`] : [];
        });
        const {type} = contract;
        const given = params[`${type} ${port}`] ?? params[type] ?? '{}';
        const text = `stages:\n  it: {uses: ${type}, with: ${given}, inputs: {${inputs.join(', ')}}}\n`;
        const {events} = await runInProcess({
          files: {'p.yaml': text},
          store,
          stageTypes: registry,
        });
        const failed = events.find((event) => event.kind === 'failed');
        const fault = faultOf(failed, {named: path.basename(name)});
        if (fault !== undefined) faults.push(`${type} with a ${kind} ${port} ${fault}`);
      }
    }
  }
  assert.deepEqual(faults, []);
});

function faultOf(
  event: RunEvent | undefined,
  {named}: {readonly named: string},
): string | undefined {
  if (event?.kind !== 'failed') return 'does not fail';
  if (event.cause.kind !== 'stage-error') return JSON.stringify(event.cause);
  const {message} = event.cause;
  return message.includes(named) && !/store\/|cas\/|work\//.test(message) ? undefined : message;
}
